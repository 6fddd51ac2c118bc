# The credentials are those of the session, from the environment of the run: the module needs no keys and no role.
provider "aws" {
  region = var.region
}

resource "aws_sqs_queue" "this" {
  name                    = var.name
  sqs_managed_sse_enabled = true
  tags                    = var.tags
}
