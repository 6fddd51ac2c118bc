provider "aws" {
  region = "eu-central-1"
}

resource "aws_vpc" "data" {
  cidr_block = "10.6.0.0/16"
}

resource "aws_subnet" "data" {
  count             = 2
  vpc_id            = aws_vpc.data.id
  cidr_block        = cidrsubnet(aws_vpc.data.cidr_block, 8, count.index)
  availability_zone = ["eu-central-1a", "eu-central-1b"][count.index]
}

resource "aws_db_subnet_group" "shop" {
  name       = "acme-shop"
  subnet_ids = aws_subnet.data[*].id
}

resource "aws_db_parameter_group" "shop" {
  name   = "acme-shop"
  family = "postgres13"

  parameter {
    name  = "log_statement"
    value = "ddl"
  }
}

resource "aws_db_instance" "shop" {
  identifier           = "acme-shop"
  engine               = "postgres"
  engine_version       = "13.3"
  instance_class       = "db.t3.micro"
  allocated_storage    = 20
  username             = "shop"
  password             = "made-for-this-test"
  db_subnet_group_name = aws_db_subnet_group.shop.name
  parameter_group_name = aws_db_parameter_group.shop.name
  skip_final_snapshot  = true
  tags                 = { team = "shop" }
}
