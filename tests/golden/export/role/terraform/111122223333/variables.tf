# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:06c0c4d2820bab0d085dcb0cf9dd0c821d3099e4730808c14d1afeb4f9491f66

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
