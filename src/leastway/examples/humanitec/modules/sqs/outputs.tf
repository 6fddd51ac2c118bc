output "url" {
  description = "The queue's URL."
  value       = aws_sqs_queue.this.url
}

output "arn" {
  description = "The queue's ARN."
  value       = aws_sqs_queue.this.arn
}

output "region" {
  description = "The queue's region."
  value       = var.region
}
