"""JSON text as a tree of nodes, for finding the position of a value.

The standard library reads JSON into values, which is many times faster; this tree is built only when a position is
needed. The text must be valid JSON: it has been parsed before.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from leastway.source.node import KeyPath, MapNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_json_tree", "repeated_key"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def read_json_tree(text: str) -> Node:
    """Return the root of `text`. If a key appears twice in an object, the first one counts."""
    top = SequenceNode(0, len(text))
    for _ in _repeated(text, top):
        pass
    return top.elements[0]


def repeated_key(text: str) -> tuple[KeyPath, ScalarNode] | None:
    """Return the first key that appears a second time in its object, with its path; None if there is none.

    The text after that key does not have to be valid JSON.
    """
    return next(_repeated(text, SequenceNode(0, len(text))), None)


def _repeated(text: str, top: SequenceNode) -> Iterator[tuple[KeyPath, ScalarNode]]:
    """Add the nodes of `text` to `top`, and yield each key that appears a second time in its object."""
    opened: list[MapNode | SequenceNode] = [top]
    expects_key = False
    for token in _TOKEN.finditer(text):
        word = token.group()
        parent = opened[-1]
        if word in ":,":
            expects_key = word == "," and isinstance(parent, MapNode)
        elif word in "}]":
            opened.pop().end = token.end()
            expects_key = False
        elif expects_key and isinstance(parent, MapNode):
            parent.key = _scalar(token)
            if parent.key.text in parent.children:
                yield _path(opened[1:]), parent.key
        else:
            node: Node
            if word in "{[":
                node = MapNode(*token.span()) if word == "{" else SequenceNode(*token.span())
                opened.append(node)
                expects_key = word == "{"
            else:
                node = _scalar(token)
            _place(parent, node)


def _scalar(token: re.Match[str]) -> ScalarNode:
    word = token.group()
    if word[0] != '"':
        return ScalarNode(*token.span(), word, bare=True)
    return ScalarNode(*token.span(), str(json.loads(word)) if "\\" in word else word[1:-1])


def _place(parent: MapNode | SequenceNode, node: Node) -> None:
    if isinstance(parent, SequenceNode):
        parent.elements.append(node)
    elif parent.key is not None:
        parent.children.setdefault(parent.key.text, (parent.key, node))


def _path(opened: list[MapNode | SequenceNode]) -> KeyPath:
    """Return the path of the next value of the innermost node in `opened`."""
    return tuple(
        len(node.elements) - 1 if isinstance(node, SequenceNode) else node.key.text if node.key else ""
        for node in opened
    )
