provider "aws" {
  region = "eu-central-1"
}

resource "aws_kms_key" "mail" {
  description             = "mail"
  deletion_window_in_days = 7
}

resource "aws_iam_role" "mail" {
  name = "acme-mail"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_kms_grant" "mail" {
  name              = "mail"
  key_id            = aws_kms_key.mail.key_id
  grantee_principal = aws_iam_role.mail.arn
  operations        = ["Encrypt", "Decrypt"]

  constraints {
    encryption_context_equals = { team = "shop" }
  }
}

resource "aws_kms_ciphertext" "mail" {
  key_id    = aws_kms_key.mail.key_id
  plaintext = "made for this test"
  context   = { team = "shop" }
}
