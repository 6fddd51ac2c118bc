"""A YAML text as a tree whose nodes know their positions."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Content", "Fields", "Items", "Scalar", "YamlValue", "content_of"]

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "", "=", "<<"})
_MAYBE_NUMBER = re.compile(r"[-+.\d][-+.\d_:xXoOa-fA-FtTzZ ]*")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `start` and `end` are character offsets, `line` counts from 1."""

    line: int
    start: int
    end: int
    text: str
    is_plain: bool
    """Whether it is written without quotes, so that parsers may read it as something other than a string."""

    @property
    def is_null(self) -> bool:
        """Say whether this is a null value."""
        return self.is_plain and self.text in _NULLS

    @property
    def is_text(self) -> bool:
        """Say whether every parser reads it as a string: quoted, or unlike any number, time or YAML keyword."""
        return not self.is_plain or not (self.text.lower() in _WORDS or _MAYBE_NUMBER.fullmatch(self.text))


@dataclass(frozen=True, slots=True)
class Items:
    """A list; `column` is its start column, from 0."""

    line: int
    start: int
    end: int
    column: int
    is_flow: bool
    items: tuple[YamlValue, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, as pairs of key and value."""

    line: int
    start: int
    end: int
    is_flow: bool
    pairs: tuple[tuple[Scalar, YamlValue], ...]


YamlValue = Scalar | Items | Fields
Content = tuple[object, ...]
"""A value without its position, for comparison only."""


def content_of(value: YamlValue) -> Content:
    """Return the value without positions."""
    match value:
        case Scalar():
            return (value.is_plain, value.text)
        case Items():
            return ("list", *(content_of(each) for each in value.items))
        case Fields():
            return ("fields", *((key.text, content_of(each)) for key, each in value.pairs))
