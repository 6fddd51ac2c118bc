# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4980f98f529152751fc7557fe68f92727f39b5ab78ea06f0d14d2df5ff551b78

variable "tags" {
  description = "Additional tags for all resources that have tags, next to the mark of the grant."
  type        = map(string)
  default     = {}
  nullable    = false
}
