"""Lines of output: whole where a program reads them, wrapped where a person does.

On a terminal a long line goes on below its own text. It is broken between words only, so that an ARN can be copied
whole, though it may be longer than the terminal is wide.
"""

from __future__ import annotations

import re
import textwrap

from rich.console import Console
from rich.text import Text

__all__ = ["console_on", "print_line"]

_BEGINNING = re.compile(r" *(?:\S+(?: \S+)*  +)?")
"""The indent, and a label where two spaces set it apart from what follows."""
_HANG = 2
_NARROWEST = 20


def console_on(*, stderr: bool = False, quiet: bool = False) -> Console:
    """Open a console on standard output or error that takes texts as they are: `[request 1]` is no markup."""
    return Console(stderr=stderr, quiet=quiet, markup=False, highlight=False)


def print_line(console: Console, text: Text | str, style: str = "") -> None:
    """Print `text`, which may have several lines, each of them as this module says."""
    whole = text if isinstance(text, Text) else Text(text, style=style)
    if not console.is_terminal:
        console.print(whole, soft_wrap=True)
        return
    for line in whole.split(allow_blank=True):
        for row in _rows(console, line):
            console.print(row, soft_wrap=True)


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
