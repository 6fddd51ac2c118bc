provider "aws" {
  region = "eu-central-1"
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/acme/web"
  retention_in_days = 7
  tags              = { team = "shop" }
}
