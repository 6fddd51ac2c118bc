"""A line of a text with a part of it underlined, safe for a terminal.

Of a long line the beginning is shown, or where the place is not in it, the part around the place. Control characters
and those that reverse the reading direction are shown as a blot; wide characters are underlined twice as wide.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.source.text import Position

__all__ = ["excerpt"]

_MOST_COLUMNS = 100
_BEFORE = 30
_BLOT = "\ufffd"


def excerpt(line: str, position: Position) -> tuple[str, str]:
    """Return `line`, which is the first of `position`, behind its number, and below it the underline."""
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


def _safe(text: str) -> str:
    return "".join(item if item.isprintable() else " " if item == "\t" else _BLOT for item in text)


def _width(text: str) -> int:
    """Return the columns of `text`: two for a wide character, none for one that combines."""
    return sum(
        0 if unicodedata.combining(item) else 2 if unicodedata.east_asian_width(item) in "WF" else 1 for item in text
    )
