"""A YAML text as a tree that knows where each of its parts stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Content", "Fields", "Items", "Scalar", "YamlValue", "content_of"]

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "", "=", "<<"})
_MAYBE_NUMBER = re.compile(r"[-+.\d][-+.\d_:xXoOa-fA-FtTzZ ]*")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `start` and `end` are characters of the text, `line` counts from 1."""

    line: int
    start: int
    end: int
    text: str
    is_plain: bool
    """Whether it stands without quotes, so that parsers may take it for something else than text."""

    @property
    def is_null(self) -> bool:
        """Whether this is no value."""
        return self.is_plain and self.text in _NULLS

    @property
    def is_text(self) -> bool:
        """Whether every parser takes it for text: quoted, or nothing like a number, a time or a word of YAML's."""
        return not self.is_plain or not (self.text.lower() in _WORDS or _MAYBE_NUMBER.fullmatch(self.text))


@dataclass(frozen=True, slots=True)
class Items:
    """A list; `column` is where it begins, counted from 0."""

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
"""What a value says, without its place: for comparison only."""


def content_of(value: YamlValue) -> Content:
    """Return what the value says."""
    match value:
        case Scalar():
            return (value.is_plain, value.text)
        case Items():
            return ("list", *(content_of(each) for each in value.items))
        case Fields():
            return ("fields", *((key.text, content_of(each)) for key, each in value.pairs))
