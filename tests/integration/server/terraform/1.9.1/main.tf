# The same definitions as in 0.16.8, in the form of today, and everything else that a definition can have.

terraform {
  required_providers {
    humanitec = {
      source  = "humanitec/humanitec"
      version = "1.9.1"
    }
  }
}

provider "humanitec" {}

variable "revision" {
  type    = string
  default = "refs/heads/main"
}

resource "humanitec_resource_account" "buckets" {
  id   = "buckets"
  name = "Buckets"
  type = "aws-role"
  credentials = jsonencode({
    aws_role    = "arn:aws:iam::111122223333:role/humanitec-s3"
    external_id = "0123456789abcdef0123456789abcdef"
  })
}

resource "humanitec_resource_definition" "bucket" {
  driver_type    = "humanitec/terraform"
  driver_account = humanitec_resource_account.buckets.id
  id             = "bucket-of-today"
  name           = "bucket-of-today"
  type           = "s3"

  driver_inputs = {
    secrets_string = jsonencode({
      variables = { token = "planted-token" }
    })
    values_string = jsonencode({
      source = {
        path = "s3/terraform/bucket/"
        rev  = var.revision
        url  = "https://git.test/modules.git"
      }
      variables = {
        region = "eu-central-1"
        bucket = "my-company-my-app-$${context.app.id}-$${context.env.id}"
        tags   = { team = "<&>", owner = null, ports = [80, 443], open = false }
      }
      credentials_config = {
        environment = {
          AWS_ACCESS_KEY_ID     = "AccessKeyId"
          AWS_SECRET_ACCESS_KEY = "SecretAccessKey"
          AWS_SESSION_TOKEN     = "SessionToken"
        }
      }
    })
  }
}

resource "humanitec_resource_definition_criteria" "shop" {
  resource_definition_id = humanitec_resource_definition.bucket.id
  app_id                 = "shop"
}

resource "humanitec_resource_definition_criteria" "staging" {
  resource_definition_id = humanitec_resource_definition.bucket.id
  env_type               = "staging"
  res_id                 = "modules.api.externals.files"
  class                  = humanitec_resource_class.large.id
}

resource "humanitec_resource_definition" "parameter" {
  driver_type = "humanitec/terraform"
  id          = "parameter-of-today"
  name        = "Parameter"
  type        = "config"

  driver_inputs = {
    secret_refs = jsonencode({
      source = {
        ssh_key = { value = "planted-ssh-key\n" }
      }
      variables = {
        pinned = { store = "vault", ref = "path/to/secret", version = "3" }
        newest = { store = "vault", ref = "path/to/other" }
      }
    })
    values_string = jsonencode({
      source = {
        path     = "iam-role-eks/terraform/parameter/"
        rev      = var.revision
        url      = "git@git.test:team/private.git"
        username = "git"
      }
    })
  }

  provision = {
    "aws-policy"  = {}
    "dns#routing" = { is_dependent = true, match_dependents = true, params = jsonencode({ subdomain = "shop" }) }
  }
}

resource "humanitec_resource_definition" "bare" {
  driver_type   = "humanitec/echo"
  id            = "bare"
  name          = "Bare ${var.revision}"
  type          = humanitec_resource_type.minimal.id
  driver_inputs = {}
}

resource "humanitec_resource_definition" "without_inputs" {
  driver_type = "acme/${humanitec_resource_driver.own.id}"
  id          = "without-inputs"
  name        = "Without inputs"
  type        = "redis"
}

resource "humanitec_resource_class" "large" {
  id            = "large"
  resource_type = "s3"
  description   = "Large ${var.revision}"
}

resource "humanitec_resource_type" "minimal" {
  id       = "acme/minimal"
  name     = "Minimal"
  category = ""
  use      = "direct"
}

resource "humanitec_resource_type" "full" {
  id             = "acme/full"
  name           = "Full ${var.revision}"
  category       = "data"
  use            = "indirect"
  inputs_schema  = jsonencode({ type = "object", additionalProperties = false })
  outputs_schema = jsonencode({ type = "object", properties = { values = { type = "object" } } })
}

resource "humanitec_resource_driver" "own" {
  id            = "own-echo"
  type          = "redis"
  account_types = ["aws"]
  inputs_schema = jsonencode({ title = var.revision })
  target        = "driver://humanitec/echo"
  template      = jsonencode({ values = { host = "redis.test" } })
}
