"""Format `stackset`: CloudFormation templates for the accounts of an organization, and a script that deploys them."""

from leastway.export.stackset.files import StackSet

__all__ = ["StackSet"]
