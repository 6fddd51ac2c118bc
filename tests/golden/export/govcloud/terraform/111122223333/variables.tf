# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:93632a181d8a7d8eb90a5110d380fc74308be352fdfb9ed845cb10ffd0419977

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
