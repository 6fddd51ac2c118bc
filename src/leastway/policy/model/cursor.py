"""A value of a JSON document together with its position, so that errors can tell where they occurred."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.model.values import Values

if TYPE_CHECKING:
    from leastway.policy.model.error import PolicyError
    from leastway.policy.model.text import PolicyText
    from leastway.source import KeyPath

__all__ = ["Cursor"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A JSON value, its path from the root, and its source. All methods raise PolicyError at this position."""

    value: object
    source: PolicyText
    path: KeyPath = ()

    def error(self, what: str, *, fix: str | None = None, at_key: bool = False) -> PolicyError:
        """Return an error at this position."""
        return self.source.error(what, self.path, fix=fix, at_key=at_key)

    def object_to(self, what: str, *, fix: str | None = None, at_key: bool = False) -> None:
        """Raise an error for what AWS rejects although its meaning is clear, or collect it if the source says so."""
        error = self.error(what, fix=fix, at_key=at_key)
        if self.source.objections is None:
            raise error
        self.source.objections.append(error)

    def members(self, what: str) -> dict[str, Cursor]:
        """Return the members of an object, called `what` in errors."""
        if not isinstance(self.value, Mapping):
            raise self.error(f"{what} must be an object, not {_kind_of(self.value)}")
        found: dict[str, Cursor] = {}
        for key, value in self.value.items():
            if not isinstance(key, str):
                raise self.error(f"a key of {what} must be a string, not {_kind_of(key)}")
            found[key] = Cursor(value, self.source, (*self.path, key))
            found[key].check_encodable(key)
        return found

    def known_members(self, what: str, known: Collection[str]) -> dict[str, Cursor]:
        """Return the members of an object that may have only the `known` keys."""
        found = self.members(what)
        for key, member in found.items():
            if key not in known:
                raise member.error(f"unknown element {json.dumps(key)} in {what}", fix=_hint(key, known), at_key=True)
        return found

    def one_or_many(self) -> Iterator[Cursor]:
        """Yield the value itself, or its items if it is a list."""
        if not isinstance(self.value, list | tuple):
            yield self
            return
        for index, item in enumerate(self.value):
            yield Cursor(item, self.source, (*self.path, index))

    def text(self, what: str) -> str:
        """Return a string, called `what` in errors."""
        if not isinstance(self.value, str):
            raise self.error(f"{what} must be a string, not {_kind_of(self.value)}")
        self.check_encodable(self.value)
        return self.value

    def word(self, what: str, words: Collection[str]) -> str:
        """Return a string that must be one of `words`, in the same case."""
        text = self.text(what)
        if text not in words:
            listed = " or ".join(json.dumps(word) for word in words)
            raise self.error(f"{what} must be {listed}, not {json.dumps(text)}", fix=_hint(text, words))
        return text

    def values(self, what: str, *, scalars: bool = False) -> Values:
        """Return one string or a list of strings; with `scalars`, also numbers and booleans."""
        items: list[str] = []
        bare: list[int] = []
        for index, item in enumerate(self.one_or_many()):
            if scalars and isinstance(item.value, bool | int | float):
                items.append(item.literal())
                bare.append(index)
            else:
                items.append(item.text(what))
        return Values(tuple(items), single=not isinstance(self.value, list | tuple), bare=tuple(bare))

    def literal(self) -> str:
        """Return a number or a boolean as JSON text."""
        if isinstance(self.value, float) and not math.isfinite(self.value):
            raise self.error("the number is out of range")
        try:
            return json.dumps(self.value)
        except ValueError as error:
            raise self.error("the number is out of range") from error

    def check_encodable(self, text: str) -> None:
        """Reject half of a surrogate pair, which cannot be encoded."""
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise self.error("the string contains half of a surrogate pair") from error


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
    return f"a {type(value).__name__}"


def _hint(word: str, known: Collection[str]) -> str | None:
    by_lower = {item.lower(): item for item in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f"did you mean {by_lower[close[0]]}?" if close else None
