"""YAML as the authenticator's library reads it: version 1.1, the first document, the last of a repeated key.

Source: gopkg.in/yaml.v2 and sigs.k8s.io/yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["NotText", "read_scalars", "read_yaml"]

_GO_OCTAL = re.compile("[-+]?0o[0-7]+")
_PREFIX = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class NotText:
    """A scalar that is a number or a boolean, as it was written; a date is a text."""

    written: str


def read_yaml(text: str) -> Any:
    """Return the lists, objects, texts, NotTexts and Nones that `text` holds; None as well when it is no YAML.

    An object with a key that is a list or an object makes the whole text unreadable.
    """
    try:
        return _value(_document(text))
    except ValueError:
        return None


def read_scalars(text: str) -> list[str | NotText | None]:
    """Return the scalars of the list that `text` is, whatever else is in it; nothing when it is no list."""
    node = _document(text)
    if node is None or node.id != "sequence":
        return []
    return [_scalar(each) for each in node.value if each.id == "scalar"]


def _document(text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    yaml.composer.warn_double_anchors = False
    try:
        return next(iter(yaml.compose_all(text)), None)
    except (YAMLError, ValueError):
        return None


def _value(node: Any) -> Any:
    if node is None:
        return None
    match node.id:
        case "sequence":
            return [_value(each) for each in node.value]
        case "mapping":
            return _object(node)
        case _:
            return _scalar(node)


def _object(node: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in node.value:
        if key.id != "scalar":
            raise ValueError("a key that is a list or an object")
        if key.tag == f"{_PREFIX}merge":
            merged |= _value(value) if value.id == "mapping" else {}
        else:
            own[str(key.value)] = _value(value)
    return merged | own


def _scalar(node: Any) -> str | NotText | None:
    match str(node.tag).removeprefix(_PREFIX):
        case "null":
            return None
        case "int" | "float" | "bool":
            return NotText(node.value)
        case _ if node.style is None and _GO_OCTAL.fullmatch(node.value):
            return NotText(node.value)
        case _:
            return str(node.value)
