"""Prints lines and tables: unwrapped for programs, wrapped on a terminal.

On a terminal, a long line continues below its own text. It is broken only between words, so that an ARN can be copied
whole, even if it is longer than the terminal is wide.

Each text is one line: what others wrote is escaped here (`leastway.shown`), and again by the console for output that
does not use these functions.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from leastway.shown import shown, shown_lines

__all__ = ["Column", "console_on", "print_line", "print_table"]

_BEGINNING = re.compile(r" *(?:\S+(?: \S+)*  +)?")
"""The indent, and a label that two spaces separate from the rest."""
_HANG = 2
_NARROWEST = 20
_UNLIMITED = 100_000
"""Columns of a line that no terminal shows."""
_RUN = re.compile(r"[ -~]+|[^ -~]")

Column = str | tuple[str, dict[str, Any]]
"""A column's title, or the title and what rich's `add_column` takes."""


class _SafeConsole(Console):
    """A console that escapes every text, including progress bars and tables, so that none controls the terminal."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(_shown(each) if isinstance(each, str | Text) else each for each in objects), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else shown_lines(segment.text)
            yield segment if text == segment.text else Segment(text, segment.style)


def console_on(*, stderr: bool = False, quiet: bool = False) -> Console:
    """Return a console on standard output or error that prints texts as they are: `[request 1]` is not markup."""
    console = _SafeConsole(stderr=stderr, quiet=quiet, markup=False, highlight=False)
    if not console.is_terminal:
        console.width = _UNLIMITED  # rich never prints wider than its console: a table's row would not be one line
    return console


def print_line(console: Console, text: Text | str, style: str = "") -> None:
    """Print `text` as one line, wrapped on a terminal; a line break in it is escaped."""
    whole = _shown(text if isinstance(text, Text) else Text(text, style=style))
    if not console.is_terminal:
        console.print(whole, soft_wrap=True)
        return
    for row in _rows(console, whole):
        console.print(row, soft_wrap=True)


def print_table(console: Console, columns: Sequence[Column], rows: Iterable[Sequence[Text | str]]) -> None:
    """Print a table without borders: on a terminal, cells of several words are wrapped; elsewhere, a row is one line.

    On a terminal that is too narrow for the longest words, each row is a line, wrapped as by `print_line`.
    """
    table = Table(box=None, pad_edge=False, header_style="dim")
    cells = [list(map(_shown, row)) for row in rows]
    for at, column in enumerate(columns):
        title, options = (column, {}) if isinstance(column, str) else column
        words_only = not any(" " in row[at].plain for row in cells)
        table.add_column(title, overflow="fold", **{"no_wrap": words_only, **options})
    for row in cells:
        table.add_row(*row)
    widths = console.measure(table, options=console.options.update(width=_UNLIMITED))
    if not console.is_terminal:
        console.print(table, width=widths.maximum, soft_wrap=True)
    elif widths.minimum <= console.width:
        console.print(table)
    else:
        titles = [Text(column if isinstance(column, str) else column[0], "dim") for column in columns]
        for row in (titles, *cells):
            print_line(console, Text("  ").join(cell for cell in row if cell.plain))


def _shown(text: Text | str) -> Text:
    """Return the text escaped, each escape in the style of the character that it replaces."""
    if isinstance(text, str):
        return Text(shown(text))
    if shown(text.plain) == text.plain:
        return text
    escaped = Text(style=text.style)
    for run in _RUN.finditer(text.plain):
        part = text[run.start() : run.end()]
        if shown(run.group()) != run.group():
            part = Text(shown(run.group()), style=part.spans[-1].style if part.spans else "")
        escaped.append_text(part)
    return escaped


def _rows(console: Console, line: Text) -> list[Text]:
    beginning = _BEGINNING.match(line.plain)
    at = beginning.end() if beginning else 0
    width = console.width - at - _HANG
    if len(line.plain) <= console.width or width < _NARROWEST:
        return [line]
    rows: list[Text] = []
    for row in textwrap.wrap(line.plain[at:], width, break_long_words=False, break_on_hyphens=False):
        start = line.plain.index(row, at)
        at = start + len(row)
        rows.append(Text(" " * (console.width - width)).append_text(line[start:at]) if rows else line[:at])
    return rows
