"""Write HCL, the language of Terraform and OpenTofu, formatted as by `terraform fmt`. It is never read."""

from leastway.export.hcl.labels import label_of
from leastway.export.hcl.layout import hcl_text
from leastway.export.hcl.syntax import (
    Attribute,
    Block,
    Comment,
    Expression,
    FunctionCall,
    Item,
    ObjectOf,
    Value,
    body_of,
)

__all__ = [
    "Attribute",
    "Block",
    "Comment",
    "Expression",
    "FunctionCall",
    "Item",
    "ObjectOf",
    "Value",
    "body_of",
    "hcl_text",
    "label_of",
]
