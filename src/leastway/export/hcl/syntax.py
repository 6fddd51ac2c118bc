"""The syntax tree of HCL: blocks, attributes and comments, and the values of attributes.

A string is always literal; anything that Terraform evaluates is an Expression or a FunctionCall.
Source: HCL Native Syntax Specification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Union

__all__ = ["Attribute", "Block", "Comment", "Expression", "FunctionCall", "Item", "ObjectOf", "Value", "body_of"]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression in its source form: `var.external_id`. It is never built from values of a grant."""

    text: str


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object in which keys can be expressions, in parentheses: `(local.key) = "value"`."""

    items: tuple[tuple[str | Expression, Value], ...]


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function call; only its last argument can take more than one line."""

    function: str
    arguments: tuple[Value, ...]


Value = Union[str, bool, int, Expression, FunctionCall, ObjectOf, Mapping[str, "Value"], Sequence["Value"]]  # noqa: UP007 - it refers to itself


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = value`."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on its own line."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """`kind "label" { ... }`, with its items in order."""

    kind: str
    labels: tuple[str, ...]
    items: tuple[Item, ...]


Item = Attribute | Block | Comment


def body_of(**attributes: Value | None) -> tuple[Attribute, ...]:
    """Return attributes in order; those that are None are left out."""
    return tuple(Attribute(name, value) for name, value in attributes.items() if value is not None)
