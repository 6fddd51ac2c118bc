"""The shapes of API server answers, as far as leastway relies on them.

A `Shape` is called with a value and its path, and raises ShapeError if the value does not fit. `null` counts as
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
    "anything",
    "fields",
    "flag",
    "items",
    "number",
    "pairs",
    "text",
]

Shape = Callable[[Any, str], None]


def text(value: Any, path: str) -> None:
    """Accept a string."""
    if not isinstance(value, str):
        raise ShapeError(f"{path} is {_word(value)} instead of a string")


def flag(value: Any, path: str) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise ShapeError(f"{path} is {_word(value)} instead of true or false")


def number(value: Any, path: str) -> None:
    """Accept a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ShapeError(f"{path} is {_word(value)} instead of a whole number")


def anything(_value: Any, _path: str) -> None:
    """Accept any value, because leastway only passes it on."""


def items(shape: Shape) -> Shape:
    """Accept a list whose items fit `shape`."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise ShapeError(f"{path} is {_word(value)} instead of a list")
        for number, each in enumerate(value):
            shape(each, f"{path}[{number}]")

    return check


def pairs(shape: Shape) -> Shape:
    """Accept an object whose values fit `shape`, with any keys."""

    def check(value: Any, path: str) -> None:
        for key, each in _object(value, path).items():
            shape(each, f"{path}[{key!r}]")

    return check


def fields(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """Accept an object with these fields; other fields are ignored."""

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
        raise ShapeError(f"{path or 'it'} is {_word(value)} instead of an object")
    return value


def _word(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a string"
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
"""Fields of every stored object; the answer to a dry run may omit them."""
CONFIG_MAP = fields({"metadata": _METADATA}, {"data": pairs(text), "binaryData": pairs(text)})
ROLE = fields({"metadata": _METADATA}, {"rules": items(_RULE), "aggregationRule": pairs(anything)})
BINDING = fields(
    {"metadata": _METADATA, "roleRef": fields({"kind": text, "name": text})},
    {"subjects": items(fields({"kind": text, "name": text}, {"namespace": text}))},
)
REVIEW = fields({"status": fields({"allowed": flag}, {"denied": flag})})
