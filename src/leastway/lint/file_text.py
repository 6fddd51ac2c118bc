"""The text of a file with positions: where the value of a JSON pointer stands, and what its line looks like.

Nothing is worked out before somebody asks. Of a value over several lines, the key is meant, or in a list the first
member, so that one line shows what is meant.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from leastway.lint.finding import Position
from leastway.policy.model.source import places, pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leastway.policy.model.source import Path

__all__ = ["FileText", "Span", "json_spans"]

_FUNCTION = re.compile("/Fn::[^/]*$")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands, in offsets, and its key, if it has one; `first` is the pointer of its first member."""

    start: int
    end: int
    key: tuple[int, int] | None = None
    first: str | None = None


class FileText:
    """A text, its name, and the spans of its values by JSON pointer."""

    def __init__(self, text: str, name: str | None, spans: Callable[[str], Mapping[str, Span]]) -> None:
        self.text = text
        self.name = name
        self._read_spans = spans

    @cached_property
    def _spans(self) -> Mapping[str, Span]:
        return self._read_spans(self.text)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        while (found := self.text.find("\n", starts[-1])) >= 0:
            starts.append(found + 1)
        return starts

    def position(self, path: str) -> Position | None:
        """Return where the value of the JSON pointer `path` stands, None when there is none.

        Of a part of a policy that is a text itself, or a function that makes one, the whole text is meant.
        """
        span, whole = self._spans.get(path), path
        while span is None and whole:
            whole = whole.rpartition("/")[0]
            span = self._spans.get(whole)
            if span and span.first and not _FUNCTION.search(span.first):
                return None
        return self._position(*self._shown(span)) if span else None

    def position_of(self, line: int, column: int) -> Position:
        """Return the position of the one character at `line` and `column`."""
        return Position(line, column, line, column + 1)

    def line(self, number: int) -> str:
        """Return a line by its number, from one, without its end."""
        starts = self._line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def _shown(self, span: Span) -> tuple[int, int]:
        if "\n" not in self.text[span.start : span.end]:
            return span.start, span.end
        if span.key:
            return span.key
        first = self._spans.get(span.first) if span.first else None
        if first is None:
            return span.start, span.start + 1
        start, end = self._shown(first)
        return (first.key[0] if first.key else start), end

    def _position(self, start: int, end: int) -> Position:
        line, column = self._at(start)
        end_line, end_column = self._at(end)
        return Position(line, column, end_line, end_column)

    def _at(self, offset: int) -> tuple[int, int]:
        row = bisect.bisect_right(self._line_starts, offset) - 1
        return row + 1, offset - self._line_starts[row] + 1


def json_spans(text: str) -> Mapping[str, Span]:
    """Return the spans of a JSON text, by JSON pointer."""
    firsts: dict[Path, str] = {}
    spans: dict[str, Span] = {}
    for place in places(text):
        path = pointer(place.path)
        found = _STRING.match(text, place.key_start) if place.key_start is not None else None
        if place.path:
            firsts.setdefault(place.path[:-1], path)
        spans[path] = Span(place.start, place.end, found.span() if found else None, firsts.get(place.path))
    return spans
