"""YAML as plain values: short-form tags become the functions that they abbreviate, and scalars stay text.

CloudFormation reads `Version: 2012-10-17` and `012345678901` as text, so nothing here becomes a date or an octal
number. Source: CloudFormation User Guide, "Intrinsic function reference".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.words import quoted
from leastway.policy.model import PolicyError
from leastway.source import MapNode, ScalarNode, SequenceNode, plain
from leastway.source.yaml_tree import Dialect, YamlStream, read_yaml

if TYPE_CHECKING:
    from leastway.source import Node, SourceText
    from leastway.source.yaml_tree import Defect

__all__ = ["read_document", "read_stream", "values_of"]

_DIALECT = Dialect(deepest=100, most_events=200_000, is_strict=False, quote=quoted)
_NULL_TAG = "tag:yaml.org,2002:null"


def read_stream(text: SourceText) -> YamlStream:
    """Read all documents of `text`. Errors: PolicyError."""
    stream = read_yaml(text, _DIALECT)
    for defect in stream.defects:
        raise _error(text, defect)
    return stream


def read_document(text: SourceText) -> tuple[Node | None, YamlStream]:
    """Read the only document of `text`, None if it is empty. Errors: PolicyError."""
    stream = read_stream(text)
    if len(stream.documents) > 1:
        place = text.position(stream.documents[1].start, stream.documents[1].end)
        what, fix = "a second document begins here", "keep one document per file"
        raise PolicyError(what, line=place.line, column=place.column, name=text.name, fix=fix)
    return next(iter(stream.documents), None), stream


def values_of(node: Node, name: str | None) -> object:
    """Return the value of `node`. Errors: PolicyError at `name` if aliases make it too large or endless."""
    return _Values(name).of(node, 0)


class _Values:
    """Converts nodes to values. Aliases are expanded where they are used, up to a limit that no template reaches."""

    def __init__(self, name: str | None) -> None:
        self._name = name
        self._seen = 0

    def of(self, node: Node, depth: int) -> object:
        self._seen += 1
        if self._seen > _DIALECT.most_events or depth > _DIALECT.deepest:
            raise _too_large(self._name)
        found: object
        if isinstance(node, MapNode):
            found = {key: self.of(value, depth + 1) for key, (_, value) in node.children.items()}
        elif isinstance(node, SequenceNode):
            found = [self.of(item, depth + 1) for item in node.elements]
        else:
            found = _text(node)
        return _function(node.tag, found)


def _text(node: Node) -> str | None:
    if not isinstance(node, ScalarNode) or node.tag == _NULL_TAG:
        return None
    return None if not node.tag and plain(node) is None else node.text


def _function(tag: str, value: object) -> object:
    """Return `!Sub x` as `{"Fn::Sub": x}`."""
    if not tag.startswith("!") or tag == "!":
        return value
    name = tag[1:]
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


def _error(text: SourceText, defect: Defect) -> PolicyError:
    if defect.kind in ("too-many", "too-deep"):
        return _too_large(text.name)
    place = text.position(defect.start, defect.end)
    return PolicyError(defect.message, line=place.line, column=place.column, name=text.name, fix=defect.fix)


def _too_large(name: str | None) -> PolicyError:
    what = "the YAML is too large or nested too deeply to be a template"
    return PolicyError(what, name=name, fix="lint it in parts, or as JSON")
