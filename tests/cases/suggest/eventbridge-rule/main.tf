provider "aws" {
  region = "eu-central-1"
}

resource "aws_sqs_queue" "nightly" {
  name = "acme-nightly"
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "acme-nightly"
  schedule_expression = "rate(1 day)"
  tags                = { team = "shop" }
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule      = aws_cloudwatch_event_rule.nightly.name
  target_id = "queue"
  arn       = aws_sqs_queue.nightly.arn
}
