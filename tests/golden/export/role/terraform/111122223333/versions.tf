# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:90df72465b35f75efa8961c2a12fd6e4e3828bc3f9d7f5c256c407eaa5991221

terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.33, < 7.0"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.23, < 4.0"
    }
  }
}
