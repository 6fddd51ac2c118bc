# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4980f98f529152751fc7557fe68f92727f39b5ab78ea06f0d14d2df5ff551b78

variable "tags" {
  description = "Tags of your own for everything that takes tags, beside the mark of the grant."
  type        = map(string)
  default     = {}
  nullable    = false
}
