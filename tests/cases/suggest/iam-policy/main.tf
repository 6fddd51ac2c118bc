provider "aws" {
  region = "eu-central-1"
}

resource "aws_iam_policy" "queue" {
  name = "acme-queue"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }]
  })
}
