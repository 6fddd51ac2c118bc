provider "aws" {
  region = "eu-central-1"
}

resource "aws_cloudwatch_event_bus" "shop" {
  name = "acme-shop"
  tags = { team = "shop" }
}

resource "aws_cloudwatch_event_archive" "shop" {
  name             = "acme-shop"
  event_source_arn = aws_cloudwatch_event_bus.shop.arn
  retention_days   = 7
}
