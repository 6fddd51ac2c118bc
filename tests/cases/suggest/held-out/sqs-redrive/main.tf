provider "aws" {
  region = "eu-central-1"
}

data "aws_caller_identity" "current" {}

data "aws_sqs_queue" "dead" {
  name = aws_sqs_queue.dead.name
}

resource "aws_sqs_queue" "dead" {
  name       = "acme-orders-dead.fifo"
  fifo_queue = true
}

resource "aws_sqs_queue" "orders" {
  name                        = "acme-orders.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  redrive_policy              = jsonencode({ deadLetterTargetArn = data.aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
  tags                        = { account = data.aws_caller_identity.current.account_id }
}
