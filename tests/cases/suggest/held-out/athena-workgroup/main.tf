provider "aws" {
  region = "eu-central-1"
}

resource "aws_athena_workgroup" "sales" {
  name = "acme-sales"
  tags = { team = "shop" }
}

resource "aws_athena_named_query" "orders" {
  name      = "orders"
  workgroup = aws_athena_workgroup.sales.id
  database  = "default"
  query     = "SELECT 1"
}
