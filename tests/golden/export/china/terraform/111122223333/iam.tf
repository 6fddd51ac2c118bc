# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:0e7d53094cc0b005a30e6b74fa88cc6424db2558e11307ffd0cb4f6e36967d22

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
        Resource = ["arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod"]
        Condition = {
          StringEquals = {
            "aws:ResourceTag/Humanitec" = "true"
          }
        }
      },
      {
        Sid      = "EKSNodegroups"
        Effect   = "Allow"
        Action   = ["eks:DescribeNodegroup"]
        Resource = ["arn:aws-cn:eks:cn-north-1:111122223333:nodegroup/prod/*/*"]
        Condition = {
          StringEquals = {
            "aws:ResourceTag/Humanitec" = "true"
          }
        }
      },
      {
        Sid      = "AssumeRole"
        Effect   = "Allow"
        Action   = ["sts:AssumeRole"]
        Resource = ["arn:aws-cn:iam::111122223333:role/humanitec-s3"]
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

resource "aws_iam_role" "humanitec_s3" {
  name                 = "humanitec-s3"
  path                 = "/"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "PlatformWithExternalId"
        Effect = "Allow"
        Principal = {
          AWS = aws_iam_user.humanitec.arn
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "sts:ExternalId" = var.external_id
          }
        }
      },
      {
        Sid    = "PlatformAddressesOnly"
        Effect = "Deny"
        Principal = {
          AWS = aws_iam_user.humanitec.arn
        }
        Action = "sts:AssumeRole"
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = [
              "192.0.2.1/32",
              "192.0.2.2/32",
            ]
          }
        }
      },
    ]
  })
  tags = local.tags
}

resource "aws_iam_role_policy" "humanitec_s3__leastway_egress" {
  name = "leastway-egress"
  role = aws_iam_role.humanitec_s3.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
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
}

resource "aws_iam_role_policy" "humanitec_s3__s3" {
  name = "s3"
  role = aws_iam_role.humanitec_s3.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "*"
      },
    ]
  })
}
