"""What a file consists of: blocks, attributes and comments, and the values of attributes.

A text is a text, whatever is in it; what is to be worked out by Terraform is an Expression or a FunctionCall.
Source: HCL Native Syntax Specification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Union

__all__ = ["Attribute", "Block", "Comment", "Expression", "FunctionCall", "Item", "ObjectOf", "Value", "body_of"]


@dataclass(frozen=True, slots=True)
class Expression:
    """Something to be worked out, as it is written: `var.external_id`. Never made of what a grant says."""

    text: str


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object some of whose keys are expressions, each in parentheses: `(local.key) = "value"`."""

    items: tuple[tuple[str | Expression, Value], ...]


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function's call; only its last argument may take more than a line."""

    function: str
    arguments: tuple[Value, ...]


Value = Union[str, bool, int, Expression, FunctionCall, ObjectOf, Mapping[str, "Value"], Sequence["Value"]]  # noqa: UP007 - it names itself


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = value`."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Comment:
    """A line of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """`kind "label" { ... }`, its items in their order."""

    kind: str
    labels: tuple[str, ...]
    items: tuple[Item, ...]


Item = Attribute | Block | Comment


def body_of(**attributes: Value | None) -> tuple[Attribute, ...]:
    """Return attributes in their order; None is left out."""
    return tuple(Attribute(name, value) for name, value in attributes.items() if value is not None)
