"""The building blocks of a schema.

Source of the merge rules: the markers `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and
`x-kubernetes-map-type` of the published OpenAPI documents (server-side apply), and `x-kubernetes-patch-strategy`
(strategic merge patch), which agree for the kinds here but where a node says otherwise.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "ANY",
    "BOOLEAN",
    "BYTES",
    "INTEGER",
    "STRING",
    "Anything",
    "Dictionary",
    "ListType",
    "Node",
    "Record",
    "Scalar",
    "Sequence",
]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, an integer or a boolean; `name` is what a kube-apiserver calls it in a refusal."""

    json_type: type
    name: str


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON, kept as it is and owned as a whole."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """An object with free keys, each of them owned and merged by itself."""

    value: Node


class ListType(enum.Enum):
    """How a list merges."""

    ATOMIC = "atomic"
    """As a whole."""
    SET = "set"
    """Item by item; items are scalars."""
    MAP = "map"
    """Item by item, told apart by their keys."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list. `keys` tell the items of a MAP apart; a strategic merge patch uses the first of them."""

    item: Node
    list_type: ListType = ListType.ATOMIC
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """An object with named fields.

    An `atomic` one is owned as a whole. An `open` one keeps the fields that are not described, as Anything. Empty
    values are dropped on decoding (`omitempty`), but for the fields in `keeps`.
    """

    fields: Mapping[str, Node]
    atomic: bool = False
    open: bool = False
    keeps: frozenset[str] = field(default=frozenset())


Node = Scalar | Anything | Dictionary | Sequence | Record

STRING = Scalar(str, "string")
BYTES = Scalar(str, "base64")
"""A string that holds bytes in base64."""
INTEGER = Scalar(int, "numeric")
BOOLEAN = Scalar(bool, "boolean")
ANY = Anything()
