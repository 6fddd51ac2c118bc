# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4131d7dacf5c49bbac3b0c3dc5b81f2eb1f88644b9fcdd1887576c8b9fceaf0f

output "role_humanitec_eks_access_111122223333_arn" {
  value = aws_iam_role.humanitec_eks_access_111122223333.arn
}

output "role_humanitec_s3_arn" {
  value = aws_iam_role.humanitec_s3.arn
}

output "external_id" {
  value = var.external_id
}
