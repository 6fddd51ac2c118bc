# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:06c0c4d2820bab0d085dcb0cf9dd0c821d3099e4730808c14d1afeb4f9491f66

output "role_humanitec_eks_access_111122223333_arn" {
  value = aws_iam_role.humanitec_eks_access_111122223333.arn
}

output "role_humanitec_s3_arn" {
  value = aws_iam_role.humanitec_s3.arn
}

output "external_id" {
  value = var.external_id
}
