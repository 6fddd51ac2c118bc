# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:06c0c4d2820bab0d085dcb0cf9dd0c821d3099e4730808c14d1afeb4f9491f66

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
