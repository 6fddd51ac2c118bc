provider "aws" {
  region = "eu-central-1"
}

resource "aws_vpc" "private" {
  cidr_block = "10.3.0.0/16"
}

resource "aws_subnet" "private" {
  vpc_id                  = aws_vpc.private.id
  cidr_block              = "10.3.1.0/24"
  map_public_ip_on_launch = true
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.private.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.private.id
  service_name    = "com.amazonaws.eu-central-1.s3"
  route_table_ids = [aws_route_table.private.id]
  tags            = { team = "shop" }
}

resource "aws_network_acl" "private" {
  vpc_id     = aws_vpc.private.id
  subnet_ids = [aws_subnet.private.id]

  ingress {
    rule_no    = 100
    protocol   = "tcp"
    action     = "allow"
    cidr_block = "10.0.0.0/8"
    from_port  = 443
    to_port    = 443
  }
}

resource "aws_eip" "address" {
  vpc  = true
  tags = { team = "shop" }
}
