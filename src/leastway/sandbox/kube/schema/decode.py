"""From the JSON that a client sent to the object as Kubernetes would hold it."""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.schema.node import Anything, Dictionary, Node, Record, Scalar, Sequence

__all__ = ["WrongTypeError", "decode"]


class WrongTypeError(Exception):
    """A value is not of its field's type; the text names both."""


def decode(node: Record, value: Any, kind: str) -> tuple[dict[str, Any], list[str]]:
    """Return `value` without the fields that `kind` does not have and without empty ones, and the unknown fields.

    Null stands for a field's empty value. A wrong type is a WrongTypeError; unknown fields are told by their path.
    """
    unknown: list[str] = []
    decoded = _decode(node, value, kind, "", unknown)
    return decoded if isinstance(decoded, dict) else {}, unknown


def _decode(node: Node, value: Any, kind: str, path: str, unknown: list[str]) -> Any:
    if isinstance(node, Anything) or value is None:
        return value
    match node:
        case Scalar(json_type=json_type, go_type=go_type):
            if not isinstance(value, json_type) or (json_type is int and isinstance(value, bool)):
                raise _wrong(value, f"{kind}{path} of type {go_type}")
            return value
        case Dictionary(value=item):
            if not isinstance(value, dict):
                raise _wrong(value, f"{kind}{path} of type map")
            empty = "" if isinstance(item, Scalar) else None
            decoded = {key: _decode(item, each, kind, path, unknown) for key, each in value.items()}
            return {key: empty if each is None else each for key, each in decoded.items()}
        case Sequence(item=item):
            if not isinstance(value, list):
                raise _wrong(value, f"{kind}{path} of type list")
            return [_decode(item, each, kind, f"{path}[{at}]", unknown) for at, each in enumerate(value)]
        case Record():
            if not isinstance(value, dict):
                raise _wrong(value, f"{kind}{path} of type object")
            return _decode_record(node, value, kind, path, unknown)


def _decode_record(node: Record, value: dict[str, Any], kind: str, path: str, unknown: list[str]) -> dict[str, Any]:
    decoded: dict[str, Any] = {}
    for key, each in value.items():
        child = node.fields.get(key)
        if child is None:
            if node.open:
                decoded[key] = each
            else:
                unknown.append(f"{path}.{key}".lstrip("."))
            continue
        item = _decode(child, each, kind, f"{path}.{key}", unknown)
        if key in node.keeps or not _empty(item):
            decoded[key] = item
    return decoded


def _empty(value: Any) -> bool:
    return value is None or value == "" or value in ({}, []) or value is False


def _wrong(value: Any, field: str) -> WrongTypeError:
    names = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}
    return WrongTypeError(f"json: cannot unmarshal {names[type(value)]} into Go struct field {field}")
