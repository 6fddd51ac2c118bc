"""The inputs of the query and ec2 protocols: a form, read by the operation's input shape.

A field that the shape cannot place is refused if it belongs to a known member: `Tags.member.01.Key` or `roleName` have
two readings, and so has a member's name in the model where forms have another one. Fields of members that the model
does not know pass: SDKs may be newer than the model.

Source: Smithy, "AWS query protocol", "AWS EC2 query protocol".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from botocore.model import ListShape, MapShape, Shape, StructureShape

from leastway.aws.calls.refusal import RefusalError, RefusalReason

__all__ = ["read_fields", "read_form", "write_form"]

_FIELD: Final = re.compile(rb"(?:[A-Za-z0-9\-._~!$'()*,;:@/?+]|%[0-9A-Fa-f]{2})*").fullmatch
_INDEX: Final = re.compile(r"[1-9][0-9]{0,4}").fullmatch
_MOST_FIELDS: Final = 20_000


def read_form(body: bytes) -> dict[str, str]:
    """Return the fields of a form by name. Errors: RefusalError for a duplicate or a malformed field."""
    found: dict[str, str] = {}
    parts = body.split(b"&") if body else []
    if len(parts) > _MOST_FIELDS:
        raise RefusalError(RefusalReason.BODY, f"the form has more than {_MOST_FIELDS:,} fields")
    for part in parts:
        raw_name, equals, raw_value = part.partition(b"=")
        if not raw_name or not equals or not _FIELD(raw_name) or not _FIELD(raw_value):
            raise RefusalError(RefusalReason.BODY, "the form has a field that is not NAME=VALUE, percent-encoded")
        name, value = _text(raw_name), _text(raw_value)
        if name in found:
            raise RefusalError(RefusalReason.BODY, "a field of the form appears twice")
        found[name] = value
    return found


def write_form(fields: Mapping[str, str]) -> bytes:
    """Return the body of a form."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in fields.items()
    ).encode()


def _text(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise RefusalError(RefusalReason.BODY, "a field of the form is not UTF-8") from None


def read_fields(fields: Mapping[str, str], shape: StructureShape | None, *, ec2: bool) -> dict[str, Any]:
    """Return the inputs by the names of the model. Errors: RefusalError for a field with two readings."""
    rest = {name: value for name, value in fields.items() if name not in ("Action", "Version")}
    if shape is None:
        return {}
    reader = _Reader(rest, ec2=ec2)
    found: dict[str, Any] = reader.structure(shape, "")
    members = _members(shape, ec2) if reader.rest else ()
    known = {each.lower() for wire, own, member in members for each in (wire, own, _head_of(wire, member, ec2))}
    for name in reader.rest:
        if name.partition(".")[0].lower() in known:
            raise RefusalError(RefusalReason.BODY, "a field of the form cannot be placed in the operation's input")
    return found


def _name_of(shape: Shape, default: str, ec2: bool) -> str:
    """Return the name of a member in the form."""
    serialization = shape.serialization
    if ec2:
        if "queryName" in serialization:
            return str(serialization["queryName"])
        name = serialization.get("name")
        return name[0].upper() + name[1:] if name else default
    return str(serialization.get("name", default))


@functools.lru_cache(4096)
def _members(shape: StructureShape, ec2: bool) -> tuple[tuple[str, str, Shape], ...]:
    """Return the members of a shape, each with its name in the form and its own."""
    return tuple((_name_of(member, name, ec2), name, member) for name, member in shape.members.items())


def _head_of(wire: str, member: Shape, ec2: bool) -> str:
    """Return the first part of a member's fields: that of its items, for a flattened list with a name."""
    if not ec2 and isinstance(member, ListShape) and member.serialization.get("flattened"):
        return str(member.member.serialization.get("name") or wire)
    return wire


class _Reader:
    """Takes the fields that a shape explains; `rest` are the others."""

    def __init__(self, fields: dict[str, str], *, ec2: bool) -> None:
        self.rest = fields
        self._ec2 = ec2

    def read(self, shape: Shape, prefix: str) -> Any:
        """Return the value at `prefix`, None if there is none."""
        if isinstance(shape, StructureShape):
            return self.structure(shape, prefix) or None
        if isinstance(shape, ListShape):
            return self._list(shape, prefix)
        if isinstance(shape, MapShape):
            return self._map(shape, prefix)
        return self.rest.pop(prefix, None)

    def structure(self, shape: StructureShape, prefix: str) -> dict[str, Any]:
        """Return the members that have a value."""
        if not self.rest:
            return {}
        found = {}
        heads = frozenset() if prefix else {each.partition(".")[0] for each in self.rest}
        for wire, name, member in _members(shape, self._ec2):
            names = dict.fromkeys((wire, _head_of(wire, member, self._ec2)))
            if not (any(self._any(f"{prefix}.{each}") for each in names) if prefix else heads & names.keys()):
                continue
            value = self.read(member, f"{prefix}.{wire}" if prefix else wire)
            if value is not None:
                found[name] = value
        return found

    def _any(self, prefix: str) -> bool:
        return any(name == prefix or name.startswith(f"{prefix}.") for name in self.rest)

    def _list(self, shape: ListShape, prefix: str) -> list[Any] | None:
        base = prefix
        if not self._ec2:
            name = shape.member.serialization.get("name")
            if not shape.serialization.get("flattened"):
                base = f"{prefix}.{name or 'member'}"
            elif name:
                base = ".".join((*prefix.split(".")[:-1], name))
        if self._is_empty(prefix):
            return []
        found = [self.read(shape.member, f"{base}.{index}") for index in self._indexes(base)]
        return found or None

    def _is_empty(self, prefix: str) -> bool:
        """Take the field by which SDKs send a list or map without items: its own name, without a value."""
        is_empty = self.rest.get(prefix) == ""
        if is_empty:
            del self.rest[prefix]
        return is_empty

    def _map(self, shape: MapShape, prefix: str) -> dict[str, Any] | None:
        if self._is_empty(prefix):
            return {}
        base = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
        key_name = _name_of(shape.key, "key", self._ec2)
        value_name = _name_of(shape.value, "value", self._ec2)
        found: dict[str, Any] = {}
        for index in self._indexes(base):
            key = self.rest.pop(f"{base}.{index}.{key_name}", None)
            value = self.read(shape.value, f"{base}.{index}.{value_name}")
            if key is None or key in found:
                raise RefusalError(RefusalReason.BODY, "a key of a map in the form is missing or appears twice")
            found[key] = value
        return found or None

    def _indexes(self, base: str) -> list[int]:
        start = len(base) + 1
        heads = {name[start:].partition(".")[0] for name in self.rest if name.startswith(f"{base}.")}
        return sorted(int(each) for each in heads if _INDEX(each))
