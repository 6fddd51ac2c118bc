"""What an answer of an API server must look like, as far as leastway relies on it.

A `Shape` is called with a value and its path, and raises ShapeError where the value is another. `null` counts as
missing: Kubernetes writes an empty list as `null` where a field may be empty (a Role without rules).
Source: Kubernetes API reference, ConfigMap v1, Role, RoleBinding v1, SelfSubjectAccessReview v1, ObjectMeta.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leastway.ports import ShapeError

__all__ = [
    "BINDING",
    "CONFIG_MAP",
    "REVIEW",
    "ROLE",
    "STORED",
    "Shape",
    "fields",
    "flag",
    "items",
    "pairs",
    "text",
]

Shape = Callable[[Any, str], None]


def text(value: Any, path: str) -> None:
    """Accept a text."""
    if not isinstance(value, str):
        raise ShapeError(f"{path} is {_word(value)} where a text must be")


def flag(value: Any, path: str) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise ShapeError(f"{path} is {_word(value)} where true or false must be")


def anything(_value: Any, _path: str) -> None:
    """Accept what leastway only passes on."""


def items(shape: Shape) -> Shape:
    """Accept a list of what `shape` accepts."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise ShapeError(f"{path} is {_word(value)} where a list must be")
        for number, each in enumerate(value):
            shape(each, f"{path}[{number}]")

    return check


def pairs(shape: Shape) -> Shape:
    """Accept an object whose values are what `shape` accepts, under any keys."""

    def check(value: Any, path: str) -> None:
        for key, each in _object(value, path).items():
            shape(each, f"{path}[{key!r}]")

    return check


def fields(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """Accept an object with these fields; others are not looked at."""

    def check(value: Any, path: str) -> None:
        found = _object(value, path)
        for name, shape in required.items():
            if found.get(name) is None:
                raise ShapeError(f"{path}.{name} is missing".removeprefix("."))
            shape(found[name], f"{path}.{name}".removeprefix("."))
        for name, shape in (optional or {}).items():
            if found.get(name) is not None:
                shape(found[name], f"{path}.{name}".removeprefix("."))

    return check


def _object(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ShapeError(f"{path or 'it'} is {_word(value)} where an object must be")
    return value


def _word(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"


_METADATA = fields(
    {"name": text},
    {
        "uid": text,
        "resourceVersion": text,
        "namespace": text,
        "labels": pairs(text),
        "annotations": pairs(text),
        "managedFields": items(fields({}, {"manager": text})),
    },
)
_RULE = fields(
    {"verbs": items(text)},
    {"apiGroups": items(text), "resources": items(text), "resourceNames": items(text), "nonResourceURLs": items(text)},
)

STORED = fields({"metadata": fields({"uid": text, "resourceVersion": text})})
"""What every object holds that is stored; one that a dry run answers with may not."""
CONFIG_MAP = fields({"metadata": _METADATA}, {"data": pairs(text), "binaryData": pairs(text)})
ROLE = fields({"metadata": _METADATA}, {"rules": items(_RULE), "aggregationRule": pairs(anything)})
BINDING = fields(
    {"metadata": _METADATA, "roleRef": fields({"kind": text, "name": text})},
    {"subjects": items(fields({"kind": text, "name": text}, {"namespace": text}))},
)
REVIEW = fields({"status": fields({"allowed": flag}, {"denied": flag})})
