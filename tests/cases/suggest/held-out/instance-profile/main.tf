provider "aws" {
  region = "eu-central-1"
}

data "aws_iam_policy" "read" {
  arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role" "worker" {
  name                 = "acme-worker"
  permissions_boundary = data.aws_iam_policy.read.arn
  managed_policy_arns  = [data.aws_iam_policy.read.arn]

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })

  inline_policy {
    name = "queue"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "sqs:ReceiveMessage", Resource = "*" }]
    })
  }
}

resource "aws_iam_instance_profile" "worker" {
  name = "acme-worker"
  path = "/shop/"
  role = aws_iam_role.worker.name
  tags = { team = "shop" }
}
