provider "aws" {
  region = "eu-central-1"
}

resource "aws_iam_openid_connect_provider" "builds" {
  url             = "https://builds.example.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["0123456789abcdef0123456789abcdef01234567"]
  tags            = { team = "shop" }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.builds.arn]
    }
  }
}

resource "aws_iam_role" "builds" {
  name                 = "acme-builds"
  max_session_duration = 7200
  assume_role_policy   = data.aws_iam_policy_document.trust.json
}
