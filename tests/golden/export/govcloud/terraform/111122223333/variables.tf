# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4131d7dacf5c49bbac3b0c3dc5b81f2eb1f88644b9fcdd1887576c8b9fceaf0f

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
