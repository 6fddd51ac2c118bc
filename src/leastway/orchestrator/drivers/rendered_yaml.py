"""YAML that a template made, as JSON in which every value with a secret in it is a Secret.

It is read strictly: one document without anchors, aliases, tags and keys that appear twice. Which values have a secret
in them is known by their places in the text.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry.templates import RenderedText
from leastway.source import MapNode, Node, ScalarNode, SequenceNode, SourceText, plain

__all__ = ["read_rendered"]

_DEEPEST: Final = 50
_MOST: Final = 50_000


def read_rendered(made: RenderedText | str, where: str) -> Any:
    """Return the value of a text of YAML, or None if it has none.

    Errors: InvalidInputError with the line of what was made, without anything of it.
    """
    from leastway.source.yaml_tree import Dialect, read_yaml  # it loads PyYAML

    rendered = RenderedText(made) if isinstance(made, str) else made
    source = SourceText(rendered.text)
    stream = read_yaml(source, Dialect(deepest=_DEEPEST, most_events=_MOST, is_strict=True, quote=lambda _: "a text"))
    for defect in stream.defects:
        line = source.position(defect.start, defect.end).line
        what = f"what the template makes cannot be read in its line {line}: {_harmless(defect.message)}"
        raise InvalidInputError(what, where=where, fix="quote texts with quote or toRawJson")
    return _value(stream.documents[0], rendered, where) if stream.documents else None


def _harmless(message: str) -> str:
    """Return a message without the parser's own words, which may quote the text."""
    return "this is not valid YAML" if message.startswith("this is not valid YAML") else message


def _value(node: Node, made: RenderedText, where: str) -> Any:
    if isinstance(node, MapNode):
        found = {}
        for name, (key, member) in node.children.items():
            if not made.is_secret and made.has_secret(key.start, key.end):
                fix = "let secrets be values alone"
                raise InvalidInputError("the name of a member has a secret in it", where=where, fix=fix)
            found[name] = _value(member, made, where)
        return found
    if isinstance(node, SequenceNode):
        return [_value(one, made, where) for one in node.elements]
    value = plain(node)
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError("a number is not finite", where=where, fix="quote it, if it is a text")
    if isinstance(node, ScalarNode) and made.has_secret(node.start, node.end):
        return Secret(value if isinstance(value, str) else json.dumps(value))
    return value
