"""A text with its lines, which converts offsets to positions.

Lines are counted as an editor counts them: they end at a line feed, a carriage return, or both. Lines are computed when
first needed, and are not made safe to print: `excerpt` does that.
"""

from __future__ import annotations

import bisect
import codecs
import re
from dataclasses import dataclass
from functools import cached_property

from leastway.errors import InvalidInputError

__all__ = ["Position", "SourceText", "decoded"]

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A range of a text. Lines and columns count from one, columns in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def start(self) -> tuple[int, int]:
        """The line and column where the range starts."""
        return self.line, self.column

    def overlaps(self, other: Position) -> bool:
        """Whether the two ranges have a character in common."""
        mine, theirs = (self.end_line, self.end_column), (other.end_line, other.end_column)
        return self.start < theirs and other.start < mine


class SourceText:
    """A text and the name of the file that it was read from, if any."""

    def __init__(self, text: str, name: str | None = None) -> None:
        self.text = text
        self.name = name

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_BREAK.finditer(self.text))]

    @cached_property
    def _line_ends(self) -> list[int]:
        return [*(match.start() for match in _LINE_BREAK.finditer(self.text)), len(self.text)]

    def position(self, start: int, end: int) -> Position:
        """Return the position of the offsets `start` to `end`."""
        return Position(*self._at(start), *self._at(end))

    def position_in_line(self, start: int, end: int) -> Position:
        """Return the position of `start` to `end`, cut at the end of its first line, at least one character long."""
        line, column = self._at(start)
        length = max(1, min(end, self._line_ends[line - 1]) - start)
        return Position(line, column, line, column + length)

    def is_in_one_line(self, start: int, end: int) -> bool:
        """Whether no line ends between the offsets `start` and `end`."""
        return self._at(start)[0] == self._at(end)[0]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and column, which count from one; the end of the text at most."""
        row = min(line, len(self._line_starts)) - 1
        return min(self._line_starts[row] + column - 1, len(self.text))

    def line(self, number: int) -> str:
        """Return a line by its number, from one, without its line break."""
        return self.text[self._line_starts[number - 1] : self._line_ends[number - 1]]

    def line_length(self, number: int) -> int:
        """Return the number of characters of a line."""
        return self._line_ends[number - 1] - self._line_starts[number - 1]

    def _at(self, offset: int) -> tuple[int, int]:
        row = bisect.bisect_right(self._line_starts, offset) - 1
        return row + 1, offset - self._line_starts[row] + 1


def decoded(content: bytes, name: str | None = None) -> str:
    """Return `content`, decoded as UTF-8, without a byte order mark. Errors: InvalidInputError at `name`."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\n|\r", content[: error.start])) + 1
        what = f"the file is not valid UTF-8: byte {error.start + 1}, in line {line}, is invalid"
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            what = "the file is UTF-16, not UTF-8"
        raise InvalidInputError(what, where=name, fix="save the file as UTF-8") from error
