# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:90df72465b35f75efa8961c2a12fd6e4e3828bc3f9d7f5c256c407eaa5991221

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
