provider "aws" {
  region = "eu-central-1"
}

resource "aws_iam_role" "tasks" {
  name = "acme-tasks"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_ecs_cluster" "shop" {
  name = "acme-shop"
  tags = { team = "shop" }
}

resource "aws_ecs_task_definition" "web" {
  family             = "acme-web"
  execution_role_arn = aws_iam_role.tasks.arn
  container_definitions = jsonencode([
    { name = "web", image = "example.com/web:1", memory = 64, essential = true }
  ])
}

resource "aws_ecs_service" "web" {
  name            = "acme-web"
  cluster         = aws_ecs_cluster.shop.id
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = 0
}
