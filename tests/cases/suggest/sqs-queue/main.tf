provider "aws" {
  region = "eu-central-1"
}

resource "aws_sqs_queue" "jobs" {
  name          = "acme-jobs"
  delay_seconds = 5
  tags          = { team = "shop" }
}

resource "aws_sqs_queue_policy" "jobs" {
  queue_url = aws_sqs_queue.jobs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.jobs.arn
    }]
  })
}
