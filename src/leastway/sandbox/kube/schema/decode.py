"""From the JSON that a client sent to the object as Kubernetes would hold it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from leastway.sandbox.kube.schema.node import ANY, BYTES, Anything, Dictionary, Node, Record, Scalar, Sequence

__all__ = ["WrongTypeError", "decode", "drop_empty"]

_EMPTY: tuple[Any, ...] = (None, "", {}, [])
_GO_KINDS = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}


class WrongTypeError(Exception):
    """The value at `path` (`.rules[0].verbs`) is not of its field's type, which is `expected`."""

    def __init__(self, path: str, expected: str, value: Any) -> None:
        super().__init__(
            f"json: cannot unmarshal {_GO_KINDS[type(value)]} into Go struct field {path} of type {expected}"
        )
        self.path = path
        self.expected = expected
        self.value = value


def decode(node: Record, value: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return `value` without the fields that its kind does not have, and those fields by their path.

    A wrong type is a WrongTypeError. Null and empty values stay, for a server-side apply says something by them.
    """
    unknown: list[str] = []
    decoded: dict[str, Any] = _decode(node, value, "", unknown)
    return decoded, unknown


def drop_empty(node: Node, value: Any) -> Any:
    """Return a decoded `value` without the empty fields that Kubernetes does not show (`omitempty`)."""
    match node:
        case Dictionary(value=item) if value:
            empty = "" if isinstance(item, Scalar) else None
            return {key: empty if each is None else drop_empty(item, each) for key, each in value.items()}
        case Sequence(item=item) if value:
            return [drop_empty(item, each) for each in value]
        case Record(fields=fields, keeps=keeps) if value:
            shown = {key: drop_empty(fields.get(key, ANY), each) for key, each in value.items()}
            return {key: each for key, each in shown.items() if key in keeps or each not in _EMPTY}
        case _:
            return value


def _decode(node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    if isinstance(node, Anything) or value is None:
        return value
    match node:
        case Scalar(json_type=json_type, name=name):
            if type(value) is not json_type or (node is BYTES and not _is_base64(str(value))):
                raise WrongTypeError(path, name, value)
            return value
        case Dictionary(value=item):
            if not isinstance(value, dict):
                raise WrongTypeError(path, "map", value)
            return {key: _decode(item, each, f"{path}.{key}", unknown) for key, each in value.items()}
        case Sequence(item=item):
            if not isinstance(value, list):
                raise WrongTypeError(path, "list", value)
            return [_decode(item, each, f"{path}[{at}]", unknown) for at, each in enumerate(value)]
        case Record():
            if not isinstance(value, dict):
                raise WrongTypeError(path, "map", value)
            return _decode_record(node, value, path, unknown)


def _decode_record(node: Record, value: dict[str, Any], path: str, unknown: list[str]) -> dict[str, Any]:
    decoded: dict[str, Any] = {}
    for key, each in value.items():
        child = node.fields.get(key)
        if child is not None:
            decoded[key] = _decode(child, each, f"{path}.{key}", unknown)
        elif node.open:
            decoded[key] = each
        else:
            unknown.append(f"{path}.{key}".lstrip("."))
    return decoded


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
