provider "aws" {
  region = "eu-central-1"
}

resource "aws_kinesis_stream" "logs" {
  name        = "acme-logs"
  shard_count = 1
  tags        = { team = "shop" }
}

resource "aws_cloudwatch_log_group" "shop" {
  name = "/acme/shop"
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.shop.name
  pattern        = "ERROR"

  metric_transformation {
    name      = "Errors"
    namespace = "Acme"
    value     = "1"
  }
}

resource "aws_cloudwatch_dashboard" "shop" {
  dashboard_name = "acme-shop"
  dashboard_body = jsonencode({
    widgets = [{ type = "text", x = 0, y = 0, width = 3, height = 3, properties = { markdown = "Errors" } }]
  })
}

resource "aws_iam_role" "logs" {
  name = "acme-logs"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "logs.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs" {
  name = "stream"
  role = aws_iam_role.logs.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kinesis:PutRecord", Resource = aws_kinesis_stream.logs.arn }]
  })
}

resource "aws_cloudwatch_log_subscription_filter" "logs" {
  name            = "stream"
  log_group_name  = aws_cloudwatch_log_group.shop.name
  filter_pattern  = ""
  destination_arn = aws_kinesis_stream.logs.arn
  role_arn        = aws_iam_role.logs.arn
  depends_on      = [aws_iam_role_policy.logs]
}
