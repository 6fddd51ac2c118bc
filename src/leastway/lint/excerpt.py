"""A line of a text with a part of it underlined, safe for a terminal.

Of a long line the part around the place is shown. Control characters and those that reverse the reading direction are
shown as a blot; wide characters are underlined twice as wide.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.file_text import FileText
    from leastway.lint.finding import Position

__all__ = ["excerpt"]

_MOST_COLUMNS = 100
_BEFORE = 30
_BLOT = "\ufffd"


def excerpt(text: FileText, position: Position) -> Iterator[str]:
    """Yield the lines of the excerpt: an edge, the source line behind its number, the underline."""
    line = text.line(position.line)
    start = position.column - 1
    end = position.end_column - 1 if position.end_line == position.line else len(line)
    first = max(0, start - _BEFORE) if len(line) > _MOST_COLUMNS else 0
    shown = line[first : first + _MOST_COLUMNS]
    before, under = line[first:start], line[start : min(end, first + _MOST_COLUMNS)]
    lead = "..." if first else ""
    tail = "..." if first + _MOST_COLUMNS < len(line) else ""
    number = str(position.line)
    edge = " " * len(number)
    yield f"{edge} |"
    yield f"{number} | {lead}{_safe(shown)}{tail}"
    yield f"{edge} | {' ' * (len(lead) + _width(_safe(before)))}{'^' * max(1, _width(_safe(under)))}"


def _safe(text: str) -> str:
    return "".join(item if item.isprintable() else " " if item == "\t" else _BLOT for item in text)


def _width(text: str) -> int:
    """Return the columns of `text`: two for a wide character, none for one that combines."""
    return sum(
        0 if unicodedata.combining(item) else 2 if unicodedata.east_asian_width(item) in "WF" else 1 for item in text
    )
