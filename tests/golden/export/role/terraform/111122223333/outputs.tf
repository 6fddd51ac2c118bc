# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:90df72465b35f75efa8961c2a12fd6e4e3828bc3f9d7f5c256c407eaa5991221

output "role_humanitec_eks_access_111122223333_arn" {
  value = aws_iam_role.humanitec_eks_access_111122223333.arn
}

output "role_humanitec_s3_arn" {
  value = aws_iam_role.humanitec_s3.arn
}

output "external_id" {
  value = var.external_id
}
