"""The positions of the values of a text, by the keys and indexes that lead to them.

The tree is built when the first position is needed. A value that spans several lines is represented by its key, or in a
list by its first member, so that the position fits on one line.
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
    """A text and the tree of its values."""

    def __init__(self, text: SourceText, read: Callable[[str], Node]) -> None:
        self.text = text
        self._read = read

    @cached_property
    def root(self) -> Node:
        """The whole document."""
        return self._read(self.text.text)

    def find(self, path: KeyPath) -> _Found | None:
        """Return the key and the value at `path`, None if there is none; list elements and the root have no key."""
        found, is_whole = self._nearest(path)
        return found if is_whole else None

    def position(self, path: KeyPath) -> Position | None:
        """Return the position of the value at `path`, None if there is none.

        A path into a string, or into a template function that produces one, gives the position of the whole.
        """
        (key, node), is_whole = self._nearest(path)
        if not is_whole and (first := _first(node)) and not _is_function(first[0]):
            return None
        return self.text.position(*self._shown(key, node))

    def _nearest(self, path: KeyPath) -> tuple[_Found, bool]:
        """Return the value at `path` or its nearest ancestor in the text, and whether the whole path was found."""
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
