provider "aws" {
  region = "eu-central-1"
}

resource "aws_s3_bucket" "code" {
  bucket = "acme-function-code"
}

resource "aws_s3_bucket_object" "code" {
  bucket = aws_s3_bucket.code.bucket
  key    = "app.zip"

  # A zip archive with app.py: def handler(event, context): return event
  content_base64 = "UEsDBBQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAYXBwLnB5ZGVmIGhhbmRsZXIoZXZlbnQsIGNvbnRleHQpOgogICAgcmV0dXJuIGV2ZW50ClBLAQIUAxQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAAAAAAAAAAACkAQAAAABhcHAucHlQSwUGAAAAAAEAAQA0AAAAUgAAAAAA"
}

resource "aws_iam_role" "function" {
  name = "acme-function"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "function" {
  function_name = "acme-function"
  role          = aws_iam_role.function.arn
  runtime       = "python3.8"
  handler       = "app.handler"
  s3_bucket     = aws_s3_bucket_object.code.bucket
  s3_key        = aws_s3_bucket_object.code.key
  tags          = { team = "shop" }
}

resource "aws_lambda_permission" "function" {
  statement_id  = "rules"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function.function_name
  principal     = "events.amazonaws.com"
}
