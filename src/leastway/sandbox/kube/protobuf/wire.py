"""The protobuf wire format, as far as it is read here.

Source: Protocol Buffers documentation, "Encoding".
"""

from __future__ import annotations

import base64
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Field", "Form", "MalformedError", "Message", "read_message"]


class MalformedError(Exception):
    """The bytes are no such message."""


class Form(enum.Enum):
    """How a field's value is read."""

    TEXT = "text"
    BYTES = "bytes"
    """Shown in base64, as in JSON."""
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT_MAP = "text map"
    BYTES_MAP = "bytes map"


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its JSON name; `many` are a list."""

    name: str
    form: Form | Message
    many: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its fields by number. Other fields are passed over."""

    fields: Mapping[int, Field]


def read_message(message: Message, data: bytes) -> dict[str, Any]:
    """Return `data` as the JSON object that `message` describes."""
    value: dict[str, Any] = {}
    for number, raw in _fields(data):
        field = message.fields.get(number)
        if field is None:
            continue
        read = _read(field.form, raw)
        if field.form in (Form.TEXT_MAP, Form.BYTES_MAP):
            value.setdefault(field.name, {}).update(read)
        elif field.many:
            value.setdefault(field.name, []).append(read)
        else:
            value[field.name] = read
    return value


def _read(form: Form | Message, raw: int | bytes) -> Any:
    if isinstance(raw, int):
        if form is Form.BOOLEAN:
            return bool(raw)
        if form is Form.NUMBER:
            return raw
        raise MalformedError("a number where none belongs")
    match form:
        case Message():
            return read_message(form, raw)
        case Form.TEXT:
            return _text(raw)
        case Form.BYTES:
            return base64.b64encode(raw).decode("ascii")
        case Form.TEXT_MAP | Form.BYTES_MAP:
            entry = dict(_fields(raw))
            value = entry.get(2, b"")
            return {_text(entry.get(1, b"")): _read(Form.TEXT if form is Form.TEXT_MAP else Form.BYTES, value)}
        case _:
            raise MalformedError("bytes where none belong")


def _text(raw: int | bytes) -> str:
    if isinstance(raw, int):
        raise MalformedError("a number where a text belongs")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise MalformedError("a text that is no UTF-8") from None


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        match tag & 7:
            case 0:
                number, at = _varint(data, at)
                yield tag >> 3, number
            case 2:
                size, at = _varint(data, at)
                if at + size > len(data):
                    raise MalformedError("a field longer than its message")
                yield tag >> 3, data[at : at + size]
                at += size
            case _:
                raise MalformedError("a wire type that Kubernetes does not use")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise MalformedError("a number without an end")
