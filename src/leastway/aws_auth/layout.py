"""The positions of the items in a section's text, so that one can be cut out and all others stay as they are.

Two layouts: a block list, whose items are whole lines starting with their dash, and a flow list (`[...]`, for example
JSON), whose items are parts of lines. A comment after an item on its last line belongs to it; comment lines do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leastway.aws_auth.flaw import FlawKind
from leastway.aws_auth.strict_yaml import RefusedYamlError
from leastway.aws_auth.tree import Items, Scalar, YamlValue

__all__ = ["BlockList", "Empty", "FlowList", "Layout", "TextRange", "layout_of"]


@dataclass(frozen=True, slots=True)
class TextRange:
    """A range of the text: from `start` up to `end`, in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Empty:
    """No list; `null` is the range of a written null (`null`, `~`), or None."""

    null: TextRange | None = None


@dataclass(frozen=True, slots=True)
class BlockList:
    """Items after dashes, indented by `indent` spaces."""

    indent: int
    items: tuple[TextRange, ...]


@dataclass(frozen=True, slots=True)
class FlowList:
    """Items in brackets; `inside` is the range between them."""

    inside: TextRange
    items: tuple[TextRange, ...]


Layout = Empty | BlockList | FlowList


def layout_of(text: str, root: YamlValue | None) -> Layout:
    """Return the layout of a section. Raises RefusedYamlError if it is not a list."""
    if root is None:
        return Empty()
    if isinstance(root, Scalar) and root.is_null:
        return Empty(TextRange(root.start, root.end) if root.text else None)
    if not isinstance(root, Items):
        raise RefusedYamlError(FlawKind.NOT_A_LIST, root.line, "this is not a list, so it maps nobody")
    if root.is_flow:
        return FlowList(
            TextRange(root.start + 1, root.end - 1), tuple(TextRange(each.start, each.end) for each in root.items)
        )
    return BlockList(root.column, tuple(_blocks(text, root)))


def _blocks(text: str, root: Items) -> Iterator[TextRange]:
    """Yield the lines of each item: from the line of its dash to the line of its last character."""
    end = text.rfind("\n", 0, root.start) + 1
    for item in root.items:
        start = _dash_line(text, end, root.column)
        if start > item.start:
            raise RefusedYamlError(FlawKind.UNUSUAL_YAML, item.line, "an item starts in the middle of a line")
        end = _line_end(text, item.end)
        yield TextRange(start, end)


def _dash_line(text: str, start: int, column: int) -> int:
    """Return the start of the next line with a dash in `column`, after comments and empty lines."""
    while start < len(text):
        following = text.find("\n", start) + 1 or len(text)
        line = text[start:following]
        if line[: column + 1].strip(" ") == "-":
            return start
        if line.strip() and not line.lstrip(" ").startswith("#"):
            break
        start = following
    return len(text) + 1


def _line_end(text: str, end: int) -> int:
    if end and text[end - 1] == "\n":
        return end
    following = text.find("\n", end)
    return len(text) if following < 0 else following + 1
