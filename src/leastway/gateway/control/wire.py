"""The wire form of the dataclasses of the control channel: JSON that only the declared types can read back.

A field that is missing takes its default; an unknown field, and a value of another type, is refused. A `Secret` is
written in the clear, because the channel is the one place where a session's keys travel; nothing of it is logged.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from leastway.errors import LeastwayError
from leastway.primitives import Secret

__all__ = ["WireError", "from_wire", "learn", "to_wire"]

Value = TypeVar("Value")


class WireError(LeastwayError):
    """Something that the control channel does not speak."""


def to_wire(value: object) -> Any:
    """Return the JSON value of a dataclass or a plain value. Errors: TypeError for a type that is never sent."""
    if type(value) is str or value is None:  # most of what is sent
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple | list):
        return [to_wire(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): to_wire(one) for name, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_wire(getattr(value, name)) for name in _fields(type(value))}
    raise TypeError(f"{type(value).__name__} is not sent over the control channel")


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.init)


def from_wire(kind: type[Value], data: object) -> Value:
    """Return the value of type `kind` that `data` spells. Errors: WireError, which repeats nothing of it."""
    try:
        return typing.cast("Value", _reader(typing.cast("Any", kind))(data))
    except (TypeError, ValueError, KeyError, RecursionError, LeastwayError) as error:
        raise WireError(f"a message of the control channel is not a valid {kind.__name__}") from error


def learn(*kinds: type) -> None:
    """Read the annotations of dataclasses now, and not with the first message of each."""
    for kind in kinds:
        with contextlib.suppress(WireError):
            from_wire(kind, {})


Reader = Callable[[Any], Any]
"""Returns the value that JSON data spells. Errors: those that `from_wire` makes a WireError of."""


@functools.cache
def _reader(kind: Any) -> Reader:
    """Return the reader of a type, which is the same for all messages."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _union(typing.get_args(kind))
    if origin is tuple:
        return _tuple(typing.get_args(kind))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_reader(typing.get_args(kind)[1]))
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    if isinstance(kind, type) and issubclass(kind, tuple):
        fields = _tuple(tuple(typing.get_type_hints(kind).values()))
        return lambda data: kind(*fields(data))
    if kind is bool or kind is int:
        return lambda data: data if type(data) is kind else _refuse()
    if kind is float:
        return lambda data: float(data) if type(data) in (int, float) else _refuse()
    of_text = _OF_TEXT.get(kind, kind)
    return lambda data: of_text(data) if isinstance(data, str) else _refuse()


def _union(options: tuple[Any, ...]) -> Reader:
    if Secret in options:
        some = _reader(Secret)
    else:
        (kind,) = (one for one in options if one is not type(None))
        some = _reader(kind)
    if type(None) not in options:
        return some
    return lambda data: None if data is None else some(data)


def _tuple(of: tuple[Any, ...]) -> Reader:
    if len(of) == 2 and of[1] is Ellipsis:
        each = _reader(of[0])
        return lambda data: tuple(map(each, data)) if isinstance(data, list) else _refuse()
    readers = tuple(map(_reader, of))

    def read(data: Any) -> Any:
        if not isinstance(data, list):
            _refuse()
        return tuple(reader(one) for reader, one in zip(readers, data, strict=True))

    return read


def _mapping(of: Reader) -> Reader:
    def read(data: Any) -> Any:
        return {name: of(one) for name, one in data.items()} if isinstance(data, dict) else _refuse()

    return read


def _dataclass(kind: Any) -> Reader:
    readers: dict[str, Reader] = {}

    def read(data: Any) -> Any:
        if not readers:  # only now: a dataclass may have a field of its own type
            hints = typing.get_type_hints(kind)
            readers.update({field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind) if field.init})
        if not isinstance(data, dict):
            _refuse()
        return kind(**{name: readers[name](one) for name, one in data.items()})

    return read


def _refuse() -> typing.NoReturn:
    raise TypeError


_OF_TEXT: Mapping[Any, Any] = {
    str: lambda text: text,
    bytes: lambda text: base64.b64decode(text, validate=True),
    datetime: datetime.fromisoformat,
}
