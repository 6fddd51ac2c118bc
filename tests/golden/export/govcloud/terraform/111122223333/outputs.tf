# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:93632a181d8a7d8eb90a5110d380fc74308be352fdfb9ed845cb10ffd0419977

output "role_humanitec_eks_access_111122223333_arn" {
  value = aws_iam_role.humanitec_eks_access_111122223333.arn
}

output "role_humanitec_s3_arn" {
  value = aws_iam_role.humanitec_s3.arn
}

output "external_id" {
  value = var.external_id
}
