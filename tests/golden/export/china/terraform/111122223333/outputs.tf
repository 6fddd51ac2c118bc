# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:0e7d53094cc0b005a30e6b74fa88cc6424db2558e11307ffd0cb4f6e36967d22

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
