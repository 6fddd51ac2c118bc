# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:0e7d53094cc0b005a30e6b74fa88cc6424db2558e11307ffd0cb4f6e36967d22

variable "external_id" {
  description = "The external id that the platform must use to assume a role. It is not a secret."
  type        = string
  default     = "an-external-id-of-enough-length"
  nullable    = false
}

variable "tags" {
  description = "Additional tags for all resources that have tags, next to the mark of the grant."
  type        = map(string)
  default     = {}
  nullable    = false
}
