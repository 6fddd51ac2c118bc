provider "aws" {
  region = "eu-central-1"
}

resource "aws_dynamodb_table" "visits" {
  name             = "acme-visits"
  billing_mode     = "PROVISIONED"
  read_capacity    = 1
  write_capacity   = 1
  hash_key         = "page"
  range_key        = "time"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  tags             = { team = "shop" }

  attribute {
    name = "page"
    type = "S"
  }

  attribute {
    name = "time"
    type = "N"
  }

  attribute {
    name = "visitor"
    type = "S"
  }

  global_secondary_index {
    name            = "visitors"
    hash_key        = "visitor"
    read_capacity   = 1
    write_capacity  = 1
    projection_type = "KEYS_ONLY"
  }

  point_in_time_recovery {
    enabled = true
  }
}
