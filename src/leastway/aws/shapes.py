"""Checks that a body has the shape that botocore's model declares for the response, before botocore parses it.

botocore accepts wrong bodies silently: a missing or null list is left out, the characters of a string become the
members of a list, an element with text is an empty list. Here each of these is an error. A member that the model does
not require may be missing or null, unless it is in `always`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from botocore.model import ListShape, MapShape, StructureShape

from leastway.ports import ShapeError

if TYPE_CHECKING:
    from botocore.model import Shape

__all__ = ["Always", "bare", "check_json", "check_xml"]

Always = Mapping[str, Collection[str]]
"""By structure name: the members that AWS always sends although the model does not require them."""

_TEXTS = frozenset({"string", "character", "blob"})
_WHOLE = frozenset({"integer", "long", "short", "byte", "bigInteger"})
_NUMBERS = frozenset({"float", "double", "bigDecimal"})


def check_json(shape: Shape, value: Any, always: Always, path: str = "") -> None:
    """Raise ShapeError if `value` does not have the shape `shape`; `path` names it in messages."""
    here = path or "it"
    if isinstance(shape, StructureShape | MapShape) and not isinstance(value, dict):
        raise ShapeError(f"{here} is not an object")
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if "location" in member.serialization:
                continue
            key = member.serialization.get("name", name)
            if value.get(key) is not None:
                check_json(member, value[key], always, _join(path, key))
            elif _is_due(shape, name, always):
                raise ShapeError(f"{_join(path, key)} is missing")
    elif isinstance(shape, MapShape):
        for key, each in value.items():
            check_json(shape.value, each, always, f"{path}[{key!r}]")
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            raise ShapeError(f"{here} is not a list")
        for number, each in enumerate(value):
            check_json(shape.member, each, always, f"{path}[{number}]")
    elif not _is_scalar(shape.type_name, value):
        raise ShapeError(f"{here} is not a valid {shape.type_name}")


def check_xml(shape: Shape, node: Element, always: Always, path: str = "") -> None:
    """Raise ShapeError if the content of `node` does not have the shape `shape`; `path` names it in messages."""
    here = path or "it"
    if isinstance(shape, StructureShape):
        found = _children(node, here)
        for name, member in shape.members.items():
            key = member.serialization.get("name", name)
            nodes = found.get(key, [])
            if len(nodes) > 1:
                raise ShapeError(f"{_join(path, key)} appears {len(nodes)} times")
            if nodes:
                check_xml(member, nodes[0], always, _join(path, key))
            elif _is_due(shape, name, always):
                raise ShapeError(f"{_join(path, key)} is missing")
    elif isinstance(shape, ListShape):
        key = shape.member.serialization.get("name", "member")
        found = _children(node, here)
        if unknown := sorted(found.keys() - {key}):
            raise ShapeError(f"{here} contains {unknown[0]}, not {key}")
        for number, each in enumerate(found.get(key, ())):
            check_xml(shape.member, each, always, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        _children(node, here)
    elif len(node) or not _is_scalar_text(shape.type_name, (node.text or "").strip()):
        raise ShapeError(f"{here} is not a valid {shape.type_name}")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_due(shape: StructureShape, member: str, always: Always) -> bool:
    return member in shape.required_members or member in always.get(shape.name, ())


def bare(tag: str) -> str:
    """Return an element's name without its namespace."""
    return tag.rpartition("}")[2]


def _children(node: Element, here: str) -> dict[str, list[Element]]:
    """Return the elements in `node` by name; ShapeError if there is text between them."""
    found: dict[str, list[Element]] = {}
    for each in node:
        found.setdefault(bare(each.tag), []).append(each)
    if any((text or "").strip() for text in (node.text, *(each.tail for each in node))):
        raise ShapeError(f"{here} contains text instead of elements")
    return found


def _is_scalar_text(kind: str, text: str) -> bool:
    if kind == "boolean":
        return text in ("true", "false")
    return kind not in _WHOLE or text.removeprefix("-").isdecimal()


def _is_scalar(kind: str, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in _TEXTS:
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in _WHOLE | _NUMBERS:
        return is_number
    return kind != "timestamp" or is_number or isinstance(value, str)
