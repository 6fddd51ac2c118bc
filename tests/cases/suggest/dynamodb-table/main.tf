provider "aws" {
  region = "eu-central-1"
}

resource "aws_dynamodb_table" "orders" {
  name         = "acme-orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  tags         = { team = "shop" }

  attribute {
    name = "id"
    type = "S"
  }

  ttl {
    attribute_name = "until"
    enabled        = true
  }
}
