# Definitions in the maps `values` and `secrets`, which version 0.16 of the provider is the last to take.

terraform {
  required_providers {
    humanitec = {
      source  = "humanitec/humanitec"
      version = "0.16.8"
    }
  }
}

provider "humanitec" {}

variable "revision" {
  type    = string
  default = "refs/heads/main"
}

resource "humanitec_resource_definition" "bucket" {
  driver_type = "humanitec/terraform"
  id          = "aws-terraform-s3-bucket"
  name        = "aws-terraform-s3-bucket"
  type        = "s3"

  driver_inputs = {
    secrets = {
      variables = jsonencode({
        access_key = "planted-access-key"
        secret_key = "planted-secret-key"
      })
    },
    values = {
      "source" = jsonencode({
        path = "s3/terraform/bucket/"
        rev  = var.revision
        url  = "https://git.test/modules.git"
      })
      "variables" = jsonencode({
        region                   = "eu-central-1"
        bucket                   = "my-company-my-app-$${context.app.id}-$${context.env.id}"
        assume_role_arn          = "arn:aws:iam::111122223333:role/humanitec-s3"
        assume_role_session_name = "buckets-of-the-platform"
        assume_role_external_id  = "0123456789abcdef0123456789abcdef"
      })
      "append_logs_to_error" = true
    }
  }

  criteria = [{ app_id = "shop" }]
}

resource "humanitec_resource_definition" "parameter" {
  driver_type = "humanitec/terraform"
  id          = "aws-terraform-parameter"
  name        = "Parameter <&>"
  type        = "config"

  driver_inputs = {
    secrets = {
      variables = jsonencode({
        access_key = "planted-access-key"
        secret_key = "planted-secret-key"
      })
      source = jsonencode({
        ssh_key  = "planted-ssh-key\n"
        password = ""
      })
    },
    values = {
      "source" = jsonencode({
        path     = "iam-role-eks/terraform/parameter/"
        rev      = var.revision
        url      = "git@git.test:team/private.git"
        username = "git"
      })
      "variables" = jsonencode({
        region                    = "eu-central-1"
        terraform_assume_role_arn = "arn:aws:iam::111122223333:role/humanitec-parameters"
      })
    }
  }
}
