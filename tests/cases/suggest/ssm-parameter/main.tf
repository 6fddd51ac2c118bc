provider "aws" {
  region = "eu-central-1"
}

resource "aws_ssm_parameter" "address" {
  name  = "/acme/address"
  type  = "String"
  value = "db.example.com"
  tags  = { team = "shop" }
}
