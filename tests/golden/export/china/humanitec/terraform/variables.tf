# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:bde2778382189ac99463c3ba4dfa05e9bf591916659fde2b7704a544ffaf15dc

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
