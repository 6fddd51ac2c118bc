"""YAML as plain values and spans: short-form tags become the functions that they abbreviate, scalars stay text.

CloudFormation takes `Version: 2012-10-17` and `012345678901` as the text that they are, so nothing here is a date or
an octal number. Source: CloudFormation User Guide, "Intrinsic function reference".
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import yaml

from leastway.lint.file_text import Span
from leastway.policy.model import PolicyError
from leastway.policy.model.source import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastway.policy.model.source import Path

__all__ = ["has_tags", "read_yaml", "read_yaml_stream"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_NODES = 200_000
_DEEPEST = 100
_PLAIN_TAG = "tag:yaml.org,2002:"


def read_yaml(text: str, name: str | None = None) -> tuple[object, Mapping[str, Span]]:
    """Return the document's value and the span of each part by JSON pointer. Errors: PolicyError."""
    with _errors(name):
        _check_size(text, name)
        root = yaml.compose(text, Loader=_LOADER)
        reader = _Reader(name)
        return reader.value(root, (), None), reader.spans


def read_yaml_stream(text: str, name: str | None = None) -> tuple[list[object], Mapping[str, Span]]:
    """Return the value of each document, whose number begins each pointer to a span. Errors: PolicyError."""
    with _errors(name):
        _check_size(text, name)
        reader = _Reader(name)
        values = [
            reader.value(root, (index,), None) for index, root in enumerate(yaml.compose_all(text, Loader=_LOADER))
        ]
        reader.spans[pointer(())] = Span(0, len(text), None, None)
        return values, reader.spans


def has_tags(text: str) -> bool:
    """Whether any value of `text`, which is YAML, carries a tag, so that it may mean something else than it says."""
    return any(getattr(event, "tag", None) is not None for event in yaml.parse(text, Loader=_LOADER))


@contextmanager
def _errors(name: str | None) -> Iterator[None]:
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        what = f"this is no YAML: {error.problem or error.context}"
        raise PolicyError(what, line=line, column=column, name=name) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PolicyError("this is no YAML", name=name) from error


def _check_size(text: str, name: str | None) -> None:
    """Refuse what is too deep or too large before it is composed, for libyaml's binding composes on the C stack."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_LOADER):
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or nodes > _MOST_NODES:
            raise _too_large(name)


def _too_large(name: str | None) -> PolicyError:
    what = "this YAML is too large or nested too deeply to be a template"
    return PolicyError(what, name=name, fix="lint it in parts, or as JSON")


class _Reader:
    """Turns nodes into values. Aliases are read again where they stand, up to a limit that no template reaches."""

    def __init__(self, name: str | None) -> None:
        self._name = name
        self.spans: dict[str, Span] = {}

    def value(self, node: yaml.Node | None, path: Path, key: yaml.Node | None) -> object:
        if len(self.spans) > _MOST_NODES or len(path) > _DEEPEST:
            raise _too_large(self._name)
        found: object
        if isinstance(node, yaml.MappingNode):
            found = self._mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            found = [self.value(item, (*path, index), None) for index, item in enumerate(node.value)]
        elif isinstance(node, yaml.ScalarNode):
            found = None if node.tag == f"{_PLAIN_TAG}null" else str(node.value)
        else:
            return None
        start, end = _offsets(node)
        first = next(iter(found), 0) if isinstance(found, dict) else 0
        has_members = isinstance(found, dict | list) and bool(found)
        self.spans[pointer(path)] = Span(
            start, end, _offsets(key) if key else None, pointer((*path, first)) if has_members else None
        )
        return _function(node.tag, found)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, item in node.value:
            name = str(key.value)
            if name in found:
                mark = key.start_mark
                what = f"the key {name} is there twice"
                raise PolicyError(
                    what, line=mark.line + 1, column=mark.column + 1, name=self._name, fix="keep one of them"
                )
            found[name] = self.value(item, (*path, name), key)
        return found


def _function(tag: str, value: object) -> object:
    """Return `!Sub x` as `{"Fn::Sub": x}`."""
    if not tag.startswith("!") or tag == "!":
        return value
    name = tag[1:]
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


def _offsets(node: yaml.Node) -> tuple[int, int]:
    start, end = node.start_mark, node.end_mark
    if start is None or end is None:
        raise AssertionError("a node that was read from text has marks")
    return start.index, end.index
