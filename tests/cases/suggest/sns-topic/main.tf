provider "aws" {
  region = "eu-central-1"
}

resource "aws_sqs_queue" "news" {
  name = "acme-news"
}

resource "aws_sns_topic" "news" {
  name         = "acme-news"
  display_name = "News"
  tags         = { team = "shop" }
}

resource "aws_sns_topic_subscription" "news" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.news.arn
}
