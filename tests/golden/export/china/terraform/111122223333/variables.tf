# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:0e7d53094cc0b005a30e6b74fa88cc6424db2558e11307ffd0cb4f6e36967d22

variable "external_id" {
  description = "What the platform presents when it assumes a role. It is no secret."
  type        = string
  default     = "an-external-id-of-enough-length"
  nullable    = false
}

variable "tags" {
  description = "Tags of your own for everything that takes tags, beside the mark of the grant."
  type        = map(string)
  default     = {}
  nullable    = false
}
