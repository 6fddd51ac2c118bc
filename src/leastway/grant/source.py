"""The text of one file, with its lines: offsets in, positions out."""

from __future__ import annotations

import bisect
import re
from functools import cached_property
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.grant.problem import Position, Problem
from leastway.grant.secret_text import mask
from leastway.primitives import read_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LARGEST_GRANT", "SourceText", "quote"]

LARGEST_GRANT = 16 << 20
"""Bytes; ten thousand accounts are about four megabytes."""

# YAML 1.1 and 1.2 break lines at these; an editor does at the first three.
_LINE_BREAK = re.compile(r"\r\n|\n|\r|\x85|\u2028|\u2029")
_QUOTED_CHARACTERS = 60
_LONGEST_LINE = 100_000


class SourceText:
    """A file's text. Positions and lines are found when a problem needs them, not before."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self._safe_lines: dict[int, str] = {}

    @classmethod
    def read(cls, path: Path, *, limit: int) -> SourceText:
        """Read `path` as UTF-8; what is no regular file, over `limit` bytes or not UTF-8 is an InvalidInputError."""
        content = read_file(path, limit=limit)
        try:
            return cls(path, content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            what = f"is not UTF-8: byte {error.start + 1} fits no character"
            raise InvalidInputError(what, where=str(path), fix="save it as UTF-8") from error

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_BREAK.finditer(self.text))]

    @cached_property
    def _line_ends(self) -> list[int]:
        return [*(match.start() for match in _LINE_BREAK.finditer(self.text)), len(self.text)]

    def position(self, start: int, end: int) -> Position:
        """Return the place of the offsets `start` to `end`, cut at the end of its first line."""
        row = bisect.bisect_right(self._line_starts, start) - 1
        length = max(1, min(end, self._line_ends[row]) - start)
        return Position(self.path, row + 1, start - self._line_starts[row] + 1, length)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place that counts from 1, within the text."""
        row = min(line, len(self._line_starts)) - 1
        return min(self._line_starts[row] + column - 1, len(self.text))

    def line(self, number: int) -> str:
        """Return a line by its number, from 1, safe to print: masked, with no control or formatting characters.

        Of a line that is longer than any that a person writes, nothing.
        """
        if number not in self._safe_lines:
            if self._line_ends[number - 1] - self._line_starts[number - 1] > _LONGEST_LINE:
                return ""  # nobody could find a place in it, and looking for secrets in it takes long
            raw = mask(self.text[self._line_starts[number - 1] : self._line_ends[number - 1]]).rstrip()
            safe = (character if character.isprintable() or character == "\t" else "\ufffd" for character in raw)
            self._safe_lines[number] = "".join(safe)
        return self._safe_lines[number]

    def problem(self, rule: str, start: int, end: int, message: str, fix: str) -> Problem:
        """Return a problem at the offsets `start` to `end`, its message and fix without secrets."""
        position = self.position(start, end)
        return Problem(rule, mask(message), mask(fix), position, self.line(position.line))


def quote(text: str) -> str:
    """Return `text` in quotes for a message: masked, cut when long, with escapes for what does not print."""
    text = mask(text[:_LONGEST_LINE])
    return repr(text if len(text) <= _QUOTED_CHARACTERS else text[: _QUOTED_CHARACTERS - 3] + "...")
