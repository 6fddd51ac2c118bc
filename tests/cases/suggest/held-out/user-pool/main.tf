provider "aws" {
  region = "eu-central-1"
}

resource "aws_cognito_user_pool" "customers" {
  name              = "acme-customers"
  mfa_configuration = "OPTIONAL"

  software_token_mfa_configuration {
    enabled = true
  }

  password_policy {
    minimum_length = 12
  }
}

resource "aws_cognito_user_pool_client" "shop" {
  name                = "shop"
  user_pool_id        = aws_cognito_user_pool.customers.id
  explicit_auth_flows = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
}

resource "aws_cognito_user_pool_domain" "shop" {
  domain       = "acme-customers"
  user_pool_id = aws_cognito_user_pool.customers.id
}
