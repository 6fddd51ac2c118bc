provider "aws" {
  region = "eu-central-1"
}

resource "aws_route53_zone" "shop" {
  name = "shop.example.com"
  tags = { team = "shop" }
}

resource "aws_route53_health_check" "shop" {
  fqdn              = "www.shop.example.com"
  port              = 443
  type              = "HTTPS"
  resource_path     = "/healthy"
  failure_threshold = 3
  request_interval  = 30
}

resource "aws_route53_record" "www" {
  zone_id = aws_route53_zone.shop.zone_id
  name    = "www.shop.example.com"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.10"]
}
