"""`stackset`: CloudFormation's templates for the accounts of an organization, and the script that deploys them all."""

from leastway.export.stackset.files import StackSet

__all__ = ["StackSet"]
