"""Format `cloudformation`: a template for each account, and a script for what CloudFormation cannot do."""

from leastway.export.cloudformation.files import CloudFormation, rest_of
from leastway.export.cloudformation.parts import Part, parts_of
from leastway.export.cloudformation.template import template_of
from leastway.export.cloudformation.template_text import template_text

__all__ = ["CloudFormation", "Part", "parts_of", "rest_of", "template_of", "template_text"]
