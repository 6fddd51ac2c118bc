# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:46c6b8ad99dfd0ccd807bc99a9dc948c64329238a66d1d0a1a4d651004c9ccba

terraform {
  required_version = ">= 1.6"

  required_providers {
    humanitec = {
      source  = "humanitec/humanitec"
      version = ">= 1.1, < 2.0"
    }
  }
}
