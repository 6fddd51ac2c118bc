"""The nodes of a JSON or YAML document: values with their offsets in the text.

Scalars are interpreted by the core schema of YAML 1.2 (YAML 1.2.2, section 10.3): `no` and `12:30` are strings. The
schema gives JSON scalars their usual meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["KeyPath", "MapNode", "Node", "ScalarNode", "SequenceNode", "plain", "pointer"]

KeyPath = tuple[str | int, ...]
"""The keys and indexes from a document's root to a value."""

_LONGEST_NUMBER = 30
_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(slots=True, eq=False)
class Node:
    """A value at the offsets `start` to `end`. Methods that do not apply to its kind return None or an empty value.

    `tag` is the value's YAML tag as written, empty if it has none.
    """

    start: int
    end: int
    tag: str = field(default="", kw_only=True)

    def get(self, key: str) -> Node | None:
        """Return the value under `key`."""
        return None

    def items(self) -> Sequence[Node]:
        """Return the elements of a list."""
        return ()

    def entries(self) -> Mapping[str, tuple[ScalarNode, Node]]:
        """Return each key node and value node by the key's text."""
        return {}

    def string(self) -> str | None:
        """Return the text of a scalar that is a string."""
        return None

    def each(self, key: str) -> Sequence[Node]:
        """Return the elements of the list under `key`."""
        child = self.get(key)
        return () if child is None else child.items()

    def string_at(self, key: str) -> str | None:
        """Return the string under `key`."""
        child = self.get(key)
        return None if child is None else child.string()


@dataclass(slots=True, eq=False)
class ScalarNode(Node):
    """A scalar; `bare` if it is written without quotes, so that it may be a number, a boolean or null."""

    text: str = ""
    bare: bool = False

    def string(self) -> str | None:
        """Return the text, or None if it means a number, a boolean or null."""
        return self.text if isinstance(plain(self), str) else None


@dataclass(slots=True, eq=False)
class SequenceNode(Node):
    """A list."""

    elements: list[Node] = field(default_factory=list)

    def items(self) -> Sequence[Node]:
        """Return the elements."""
        return self.elements


@dataclass(slots=True, eq=False)
class MapNode(Node):
    """A mapping, in the order of the text."""

    children: dict[str, tuple[ScalarNode, Node]] = field(default_factory=dict)
    key: ScalarNode | None = None
    """While the tree is built: the key whose value comes next."""

    def get(self, key: str) -> Node | None:
        """Return the value under `key`."""
        found = self.children.get(key)
        return None if found is None else found[1]

    def entries(self) -> Mapping[str, tuple[ScalarNode, Node]]:
        """Return each key node and value node by the key's text."""
        return self.children


def pointer(path: KeyPath) -> str:
    """Return `path` as an RFC 6901 JSON pointer, empty for the root."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def plain(node: Node) -> object:
    """Return the value of `node` as dict, list, str, int, float, bool and None.

    An integer of more than 30 characters becomes a float, so that every integer field rejects it.
    """
    if isinstance(node, MapNode):
        return {key: plain(value) for key, (_, value) in node.children.items()}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.elements]
    assert isinstance(node, ScalarNode)  # noqa: S101  # there are only three kinds of node
    text = node.text
    if not node.bare or text[:1] not in _MAYBE_NOT_A_STRING:
        return text
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INTEGER.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text.replace(".inf", "inf").replace(".nan", "nan")) if _FLOAT.fullmatch(text.lower()) else text


_MAYBE_NOT_A_STRING = frozenset("nN~tTfF+-.0123456789") | {""}
