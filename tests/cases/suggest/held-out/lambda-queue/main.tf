provider "aws" {
  region = "eu-central-1"
}

resource "aws_s3_bucket" "code" {
  bucket = "acme-queue-code"
}

resource "aws_s3_bucket_object" "code" {
  bucket = aws_s3_bucket.code.bucket
  key    = "app.zip"

  # A zip archive with app.py: def handler(event, context): return event
  content_base64 = "UEsDBBQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAYXBwLnB5ZGVmIGhhbmRsZXIoZXZlbnQsIGNvbnRleHQpOgogICAgcmV0dXJuIGV2ZW50ClBLAQIUAxQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAAAAAAAAAAACkAQAAAABhcHAucHlQSwUGAAAAAAEAAQA0AAAAUgAAAAAA"
}

resource "aws_iam_role" "reader" {
  name = "acme-reader"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_layer_version" "shared" {
  layer_name          = "acme-shared"
  compatible_runtimes = ["python3.8"]
  s3_bucket           = aws_s3_bucket_object.code.bucket
  s3_key              = aws_s3_bucket_object.code.key
}

resource "aws_lambda_function" "reader" {
  function_name                  = "acme-reader"
  role                           = aws_iam_role.reader.arn
  runtime                        = "python3.8"
  handler                        = "app.handler"
  layers                         = [aws_lambda_layer_version.shared.arn]
  publish                        = true
  reserved_concurrent_executions = 2
  s3_bucket                      = aws_s3_bucket_object.code.bucket
  s3_key                         = aws_s3_bucket_object.code.key
  tags                           = { team = "shop" }

  environment {
    variables = { TABLE = "visits" }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.reader.function_name
  function_version = aws_lambda_function.reader.version
}

resource "aws_sqs_queue" "visits" {
  name = "acme-visits"
}

resource "aws_lambda_event_source_mapping" "visits" {
  event_source_arn = aws_sqs_queue.visits.arn
  function_name    = aws_lambda_alias.live.arn
  batch_size       = 5
}
