provider "aws" {
  region = "eu-central-1"
}

resource "aws_dynamodb_table" "settings" {
  name         = "acme-settings"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_dynamodb_table_item" "colour" {
  table_name = aws_dynamodb_table.settings.name
  hash_key   = aws_dynamodb_table.settings.hash_key
  item       = jsonencode({ id = { S = "colour" }, value = { S = "green" } })
}
