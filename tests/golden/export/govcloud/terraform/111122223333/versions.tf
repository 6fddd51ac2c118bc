# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:93632a181d8a7d8eb90a5110d380fc74308be352fdfb9ed845cb10ffd0419977

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
