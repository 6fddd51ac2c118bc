# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4980f98f529152751fc7557fe68f92727f39b5ab78ea06f0d14d2df5ff551b78

output "policy_humanitecsaas_arn" {
  value = aws_iam_policy.humanitecsaas.arn
}

output "user_humanitec_arn" {
  value = aws_iam_user.humanitec.arn
}
