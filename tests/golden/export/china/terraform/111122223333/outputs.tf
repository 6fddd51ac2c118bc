# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:508e56716f57bace4ecc43aed4fc2b63df0494af43c74cca9084d3d70abebfe7

output "policy_humanitecsaas_arn" {
  value = aws_iam_policy.humanitecsaas.arn
}

output "user_humanitec_arn" {
  value = aws_iam_user.humanitec.arn
}

output "role_humanitec_s3_arn" {
  value = aws_iam_role.humanitec_s3.arn
}

output "external_id" {
  value = var.external_id
}
