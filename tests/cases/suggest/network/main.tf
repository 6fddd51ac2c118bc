provider "aws" {
  region = "eu-central-1"
}

resource "aws_vpc" "shop" {
  cidr_block           = "10.2.0.0/16"
  enable_dns_hostnames = true
  tags                 = { team = "shop" }
}

resource "aws_subnet" "shop" {
  vpc_id     = aws_vpc.shop.id
  cidr_block = "10.2.1.0/24"
}

resource "aws_internet_gateway" "shop" {
  vpc_id = aws_vpc.shop.id
}

resource "aws_route_table" "shop" {
  vpc_id = aws_vpc.shop.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.shop.id
  }
}

resource "aws_route_table_association" "shop" {
  subnet_id      = aws_subnet.shop.id
  route_table_id = aws_route_table.shop.id
}
