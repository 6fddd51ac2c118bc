# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:93632a181d8a7d8eb90a5110d380fc74308be352fdfb9ed845cb10ffd0419977

locals {
  tags = merge(var.tags, {
    "leastway:grant" = "acme"
  })
}

resource "aws_iam_role" "humanitec_eks_access_111122223333" {
  name                 = "humanitec-eks-access-111122223333"
  path                 = "/"
  description          = "humanitec test: the platform's way to the clusters of this account"
  max_session_duration = 43200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "PlatformWithExternalId"
        Effect = "Allow"
        Principal = {
          AWS = "arn:aws-us-gov:iam::767398028804:user/humanitec"
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
          AWS = "arn:aws-us-gov:iam::767398028804:user/humanitec"
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

resource "aws_iam_role_policy" "humanitec_eks_access_111122223333__leastway_platform_access" {
  name = "leastway-platform-access"
  role = aws_iam_role.humanitec_eks_access_111122223333.name
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
          "arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/legacy",
          "arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/prod",
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
          "arn:aws-us-gov:eks:us-gov-west-1:111122223333:nodegroup/legacy/*/*",
          "arn:aws-us-gov:eks:us-gov-west-1:111122223333:nodegroup/prod/*/*",
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
          AWS = "arn:aws-us-gov:iam::767398028804:user/humanitec"
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
          AWS = "arn:aws-us-gov:iam::767398028804:user/humanitec"
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

resource "aws_iam_role_policy_attachment" "humanitec_s3__amazonsqsreadonlyaccess" {
  role       = aws_iam_role.humanitec_s3.name
  policy_arn = "arn:aws-us-gov:iam::aws:policy/AmazonSQSReadOnlyAccess"
}
