# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:93632a181d8a7d8eb90a5110d380fc74308be352fdfb9ed845cb10ffd0419977

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
