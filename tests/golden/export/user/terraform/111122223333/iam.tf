# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4980f98f529152751fc7557fe68f92727f39b5ab78ea06f0d14d2df5ff551b78

locals {
  tags = merge(var.tags, {
    "leastway:grant" = "acme"
  })
}

resource "aws_iam_policy" "humanitecsaas" {
  name        = "HumanitecSaaS"
  path        = "/"
  description = "humanitec test: what the platform's user may do, and its permissions boundary"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "EKSAccess"
        Effect = "Allow"
        Action = [
          "eks:AccessKubernetesApi",
          "eks:DescribeCluster",
          "eks:ListNodegroups",
        ]
        Resource = [
          "arn:aws:eks:eu-central-1:111122223333:cluster/legacy",
          "arn:aws:eks:eu-central-1:111122223333:cluster/prod",
        ]
        Condition = {
          StringEquals = {
            "aws:ResourceTag/Humanitec" = "true"
          }
        }
      },
      {
        Sid    = "EKSNodegroups"
        Effect = "Allow"
        Action = ["eks:DescribeNodegroup"]
        Resource = [
          "arn:aws:eks:eu-central-1:111122223333:nodegroup/legacy/*/*",
          "arn:aws:eks:eu-central-1:111122223333:nodegroup/prod/*/*",
        ]
        Condition = {
          StringEquals = {
            "aws:ResourceTag/Humanitec" = "true"
          }
        }
      },
      {
        Sid      = "PlatformAddressesOnly"
        Effect   = "Deny"
        Action   = "*"
        Resource = "*"
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = [
              "192.0.2.1/32",
              "192.0.2.2/32",
            ]
          }
          Bool = {
            "aws:ViaAWSService" = "false"
          }
        }
      },
    ]
  })
  tags = local.tags
}

resource "aws_iam_user" "humanitec" {
  name                 = "humanitec"
  path                 = "/"
  permissions_boundary = aws_iam_policy.humanitecsaas.arn
  tags                 = local.tags
}

resource "aws_iam_user_policy_attachment" "humanitec__humanitecsaas" {
  user       = aws_iam_user.humanitec.name
  policy_arn = aws_iam_policy.humanitecsaas.arn
}
