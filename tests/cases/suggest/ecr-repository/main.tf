provider "aws" {
  region = "eu-central-1"
}

resource "aws_ecr_repository" "web" {
  name = "acme/web"
  tags = { team = "shop" }
}

resource "aws_ecr_lifecycle_policy" "web" {
  repository = aws_ecr_repository.web.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      selection    = { tagStatus = "untagged", countType = "imageCountMoreThan", countNumber = 10 }
      action       = { type = "expire" }
    }]
  })
}
