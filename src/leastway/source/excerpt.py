"""A line of text with a part of it underlined, safe for a terminal.

A long line is cut: the beginning is shown, or the part around the position if the beginning does not contain it.
Control characters and characters that reverse the reading direction are replaced by U+FFFD; wide characters are
underlined by two carets.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.source.text import Position

__all__ = ["excerpt", "narrowed"]

_MOST_COLUMNS = 100
_BEFORE = 30
_NARROWEST = 20
_REPLACEMENT = "\ufffd"


def excerpt(line: str, position: Position) -> tuple[str, str]:
    """Return `line` (the first line of `position`) with its line number, and the underline to print below it."""
    start = position.column - 1
    end = position.end_column - 1 if position.end_line == position.line else len(line)
    fits = min(end, start + _BEFORE) <= _MOST_COLUMNS
    first = 0 if fits else max(0, min(start - _BEFORE, len(line) - _MOST_COLUMNS))
    shown = line[first : first + _MOST_COLUMNS]
    before, under = line[first:start], line[start : min(end, first + _MOST_COLUMNS)]
    lead = "..." if first else ""
    tail = "..." if first + _MOST_COLUMNS < len(line) else ""
    number = str(position.line)
    return (
        f"{number} | {lead}{_safe(shown)}{tail}",
        f"{' ' * len(number)} | {' ' * (len(lead) + _width(_safe(before)))}{'^' * max(1, _width(_safe(under)))}",
    )


def narrowed(line: str, underline: str, width: int) -> tuple[str, str]:
    """Return both lines of an excerpt cut to `width` columns, so that the underline stays below what it means.

    They may be indented. Lines with wide characters are returned as they are: their columns are not their characters.
    """
    bar = underline.find("| ") + 2
    room = width - bar
    if _width(line) <= width or _width(line) != len(line) or room < _NARROWEST:
        return line, underline
    text, marks = line[bar:], underline[bar:]
    start, end = marks.index("^"), len(marks)
    first = 0 if end <= room - 3 or start <= room // 3 else start - room // 3
    lead = "..." if first else ""
    shown = text[first : first + room - len(lead)]
    if first + len(shown) < len(text):
        shown = f"{shown[:-3]}..."
    under = f"{' ' * (len(lead) + start - first)}{marks[start:]}"[:room]
    return f"{line[:bar]}{lead}{shown}", f"{underline[:bar]}{under}"


def _safe(text: str) -> str:
    return "".join(item if item.isprintable() else " " if item == "\t" else _REPLACEMENT for item in text)


def _width(text: str) -> int:
    """Return the width of `text` in columns: two for a wide character, zero for a combining one."""
    return sum(
        0 if unicodedata.combining(item) else 2 if unicodedata.east_asian_width(item) in "WF" else 1 for item in text
    )
