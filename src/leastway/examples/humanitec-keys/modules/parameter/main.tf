provider "aws" {
  region     = var.region
  access_key = var.access_key
  secret_key = var.secret_key

  assume_role {
    role_arn    = var.terraform_assume_role_arn
    external_id = var.terraform_external_id
  }
}

resource "aws_ssm_parameter" "this" {
  name  = var.name
  type  = "String"
  value = var.value
}
