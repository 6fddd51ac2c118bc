# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:98e07fefddf9a9514d2768d3d23f84b32e8bca9580074ef07c724fe58c5d975d

terraform {
  required_version = ">= 1.6"

  required_providers {
    humanitec = {
      source  = "humanitec/humanitec"
      version = ">= 1.1, < 2.0"
    }
  }
}
