# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:bde2778382189ac99463c3ba4dfa05e9bf591916659fde2b7704a544ffaf15dc

terraform {
  required_version = ">= 1.6"

  required_providers {
    humanitec = {
      source  = "humanitec/humanitec"
      version = ">= 1.1, < 2.0"
    }
  }
}
