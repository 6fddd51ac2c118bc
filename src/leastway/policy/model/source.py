"""JSON text with positions: reading that refuses duplicate keys, and finding the place that a path means.

Reading uses the standard parser; positions are worked out only when somebody asks for one.
"""

from __future__ import annotations

import bisect
import functools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from leastway.policy.model.error import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Path", "Place", "Source", "places", "pointer"]

Path = tuple[str | int, ...]
"""The keys and indexes from the document's root to a value."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in a text, as character offsets; `key_start` is its key's, or None in an array."""

    path: Path
    key_start: int | None
    start: int
    end: int


def pointer(path: Path) -> str:
    """Return `path` as an RFC 6901 JSON pointer, empty for the root."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def places(text: str) -> Iterator[Place]:
    """Yield the place of each value of `text`, which must be JSON; containers come after what they contain."""
    path: list[str | int] = []
    opened: list[tuple[int | None, int]] = []
    in_object: list[bool] = []
    key_start: int | None = None
    expects_key = False
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word == ":":
            expects_key = False
        elif word == ",":
            if in_object[-1]:
                path.pop()
                expects_key = True
            else:
                path[-1] = int(path[-1]) + 1
        elif word in "{[":
            opened.append((key_start, token.start()))
            in_object.append(word == "{")
            expects_key = word == "{"
            key_start = None
            if word == "[":
                path.append(0)
        elif word in "}]":
            if word == "]" or not expects_key:
                path.pop()
            in_object.pop()
            key, start = opened.pop()
            expects_key = False
            key_start = None
            yield Place(tuple(path), key, start, token.end())
        elif expects_key:
            path.append(json.loads(word))
            key_start = token.start()
        else:
            yield Place(tuple(path), key_start, token.start(), token.end())
            key_start = None


@functools.lru_cache(2)
def _starts(text: str) -> Mapping[Path, tuple[int | None, int]]:
    """Return where each value's key and the value itself begin; of a key that appears twice, the first."""
    found: dict[Path, tuple[int | None, int]] = {}
    for place in places(text):
        found.setdefault(place.path, (place.key_start, place.start))
    return found


@functools.lru_cache(2)
def _line_starts(text: str) -> Sequence[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]


_DEEPEST = 100
"""Levels; a template has some twenty, and a policy five."""


class _DuplicateKeyError(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKeyError
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _is_deep(value: object) -> bool:
    """Whether lists and objects are nested deeper than any policy or template is."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _parts(each)]
        if not level:
            return False
    return True


def _parts(value: object) -> list[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]


@dataclass(frozen=True, slots=True)
class Source:
    """What a policy was read from: its text, if it was text, and the name of the file, if it has one."""

    text: str | None = None
    name: str | None = None
    first_line: int = 1
    """The number of the text's first line, for a text that is cut out of a file."""
    objections: list[PolicyError] | None = None
    """Where to collect what AWS refuses although its meaning is plain; None to refuse it too."""

    def read(self) -> object:
        """Parse the text. Errors: PolicyError for what is no JSON, and for a key that is there twice."""
        text = self.text or ""
        try:
            value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
            if _is_deep(value):
                raise RecursionError
            return value
        except json.JSONDecodeError as error:
            what = f"this is no JSON: {error.msg.lower()}"
            line = self.first_line + error.lineno - 1
            raise PolicyError(what, line=line, column=error.colno, name=self.name) from error
        except _DuplicateKeyError:
            raise self._duplicate() from None
        except RecursionError as error:
            raise PolicyError("this is nested too deeply", line=self.first_line, name=self.name) from error
        except ValueError as error:  # NaN, Infinity, and integers of thousands of digits
            what = "this is no JSON: a number is out of range"
            raise PolicyError(what, line=self.first_line, name=self.name) from error

    def _duplicate(self) -> PolicyError:
        seen: set[Path] = set()
        for place in places(self.text or ""):
            if place.path in seen:
                what = f"the key {json.dumps(place.path[-1])} is there twice"
                return self._at(what, place.path, place.key_start, "keep one of them")
            seen.add(place.path)
        raise AssertionError("the parser saw a duplicate key, and the scanner none")

    def error(self, what: str, path: Path, *, fix: str | None = None, at_key: bool = False) -> PolicyError:
        """Return the error `what` at `path`, at its key rather than its value if `at_key`."""
        key_start, start = _starts(self.text).get(path, (None, None)) if self.text is not None else (None, None)
        return self._at(what, path, key_start if at_key and key_start is not None else start, fix)

    def _at(self, what: str, path: Path, offset: int | None, fix: str | None) -> PolicyError:
        if self.text is None or offset is None:
            return PolicyError(what, pointer=pointer(path), name=self.name, fix=fix)
        starts = _line_starts(self.text)
        row = bisect.bisect_right(starts, offset) - 1
        line, column = row + self.first_line, offset - starts[row] + 1
        return PolicyError(what, pointer=pointer(path), line=line, column=column, name=self.name, fix=fix)
