provider "aws" {
  region = "eu-central-1"
}

resource "aws_kms_key" "shop" {
  description             = "shop"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  tags                    = { team = "shop" }
}

resource "aws_kms_alias" "shop" {
  name          = "alias/acme-shop"
  target_key_id = aws_kms_key.shop.key_id
}
