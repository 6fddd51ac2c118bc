provider "aws" {
  region = "eu-central-1"
}

resource "aws_wafv2_ip_set" "office" {
  name               = "acme-office"
  scope              = "REGIONAL"
  ip_address_version = "IPV4"
  addresses          = ["192.0.2.0/24"]
}
