provider "aws" {
  region = "eu-central-1"
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "acme-errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 60
  statistic           = "Sum"
  threshold           = 1
  tags                = { team = "shop" }
}
