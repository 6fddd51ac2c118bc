provider "aws" {
  region = "eu-central-1"
}

resource "aws_secretsmanager_secret" "database" {
  name                    = "acme/database"
  recovery_window_in_days = 0
  tags                    = { team = "shop" }
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id     = aws_secretsmanager_secret.database.id
  secret_string = "made for this test"
}
