# An environment that begins with what a deployment of another environment brought.

terraform {
  required_providers {
    humanitec = {
      source  = "humanitec/humanitec"
      version = "1.9.1"
    }
  }
}

provider "humanitec" {}

variable "name" {
  type = string
}

variable "deployment" {
  type = string
}

resource "humanitec_environment" "copy" {
  app_id         = "shop"
  id             = "copy"
  name           = "The ${var.name} name"
  type           = "development"
  from_deploy_id = var.deployment
}
