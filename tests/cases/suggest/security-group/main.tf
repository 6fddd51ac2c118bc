provider "aws" {
  region = "eu-central-1"
}

resource "aws_vpc" "web" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_security_group" "web" {
  name        = "acme-web"
  description = "web"
  vpc_id      = aws_vpc.web.id
  tags        = { team = "shop" }

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.0.0.0/8"]
  }
}
