# The credentials are the session's, from the environment of the run: nothing here knows a key or a role.
provider "aws" {
  region = var.region
}

resource "aws_sqs_queue" "this" {
  name                    = var.name
  sqs_managed_sse_enabled = true
  tags                    = var.tags
}
