# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:3b6e8d74984ce8ede4b64710bdb703339eefbd88d04c51370d4c6d699d5ab136

terraform {
  required_version = ">= 1.6"

  required_providers {
    humanitec = {
      source  = "humanitec/humanitec"
      version = ">= 1.1, < 2.0"
    }
  }
}
