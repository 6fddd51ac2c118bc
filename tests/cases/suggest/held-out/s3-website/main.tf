provider "aws" {
  region = "eu-central-1"
}

resource "aws_s3_bucket" "logs" {
  bucket = "acme-website-logs"
}

resource "aws_s3_bucket" "website" {
  bucket        = "acme-website"
  request_payer = "Requester"

  website {
    index_document = "index.html"
    error_document = "error.html"
  }

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://shop.example.com"]
    max_age_seconds = 3000
  }

  logging {
    target_bucket = aws_s3_bucket.logs.id
    target_prefix = "website/"
  }
}
