"""Where the values of a text stand: by the keys and indexes that lead to a value, its place.

The tree is made when somebody asks for a place. Of a value over several lines, the key is meant, or in a list the
first member, so that one line shows what is meant.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from leastway.source.node import ScalarNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.source.node import KeyPath, Node
    from leastway.source.text import Position, SourceText

__all__ = ["Outline"]

_Found = tuple["ScalarNode | None", "Node"]


class Outline:
    """A text, and the tree of its values."""

    def __init__(self, text: SourceText, read: Callable[[str], Node]) -> None:
        self.text = text
        self._read = read

    @cached_property
    def root(self) -> Node:
        """The whole document."""
        return self._read(self.text.text)

    def find(self, path: KeyPath) -> _Found | None:
        """Return the key and the value at `path`; an element of a list and the root have no key."""
        found, is_whole = self._nearest(path)
        return found if is_whole else None

    def position(self, path: KeyPath) -> Position | None:
        """Return where the value at `path` stands, None when there is none.

        Of a part of something that is a text itself, or a function that makes one, the whole text is meant.
        """
        (key, node), is_whole = self._nearest(path)
        if not is_whole and (first := _first(node)) and not _is_function(first[0]):
            return None
        return self.text.position(*self._shown(key, node))

    def _nearest(self, path: KeyPath) -> tuple[_Found, bool]:
        """Return what stands at `path`, or the last on the way there, and whether it is the whole way."""
        found: _Found = (None, self.root)
        for part in path:
            step = _step(found[1], part)
            if step is None:
                return found, False
            found = step
        return found, True

    def _shown(self, key: ScalarNode | None, node: Node) -> tuple[int, int]:
        if self.text.is_in_one_line(node.start, node.end):
            return node.start, node.end
        if key:
            return key.start, key.end
        first = _first(node)
        if first is None:
            return node.start, node.start + 1
        first_key, value = first
        start, end = self._shown(first_key, value)
        return (first_key.start if first_key else start), end


def _step(node: Node, part: str | int) -> _Found | None:
    if isinstance(part, str) and (found := node.entries().get(part)):
        return found
    items = node.items()
    index = int(part) if isinstance(part, int) or part.isdecimal() else len(items)
    return (None, items[index]) if index < len(items) else None


def _first(node: Node) -> _Found | None:
    for found in node.entries().values():
        return found
    for item in node.items():
        return None, item
    return None


def _is_function(key: ScalarNode | None) -> bool:
    return key is not None and key.text.startswith("Fn::")
