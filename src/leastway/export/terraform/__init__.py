"""Format `terraform`: a root module for each account, for Terraform and OpenTofu."""

from leastway.export.terraform.files import Terraform

__all__ = ["Terraform"]
