provider "aws" {
  region = "eu-central-1"
}

resource "aws_glue_catalog_database" "sales" {
  name = "acme_sales"
}

resource "aws_glue_catalog_table" "orders" {
  name          = "orders"
  database_name = aws_glue_catalog_database.sales.name
  table_type    = "EXTERNAL_TABLE"

  storage_descriptor {
    location = "s3://acme-sales/orders/"

    columns {
      name = "id"
      type = "string"
    }
  }
}

resource "aws_iam_role" "crawler" {
  name = "acme-crawler"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "glue.amazonaws.com" } }]
  })
}

resource "aws_glue_crawler" "sales" {
  name          = "acme-sales"
  role          = aws_iam_role.crawler.arn
  database_name = aws_glue_catalog_database.sales.name

  s3_target {
    path = "s3://acme-sales/"
  }
}
