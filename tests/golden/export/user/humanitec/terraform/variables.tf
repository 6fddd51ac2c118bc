# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:3b6e8d74984ce8ede4b64710bdb703339eefbd88d04c51370d4c6d699d5ab136

variable "acme_111122223333_key_id" {
  description = "Secret: the id of the access key of the platform's user in 111122223333."
  type        = string
  sensitive   = true
  nullable    = false
}

variable "acme_111122223333_key_secret" {
  description = "Secret: the secret access key of the platform's user in 111122223333."
  type        = string
  sensitive   = true
  nullable    = false
}
