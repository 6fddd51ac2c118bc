"""Read policies from files, with errors that underline the position."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.policy import PolicyError
from leastway.primitives import read_file
from leastway.shown import shown
from leastway.source import Position, SourceText, decoded, excerpt

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["LARGEST_FILE", "STANDARD_INPUT", "PolicyFileError", "name_of", "read_bytes", "read_policy_text"]

STANDARD_INPUT = Path("-")
LARGEST_FILE = 64 << 20
"""In bytes; the authorization details of a large account take about ten megabytes."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[^\s,:\[\]{}"]+')


class PolicyFileError(InvalidInputError):
    """An invalid policy file; its diagnostics show the line and underline the position."""

    def __init__(self, error: PolicyError, text: str) -> None:
        super().__init__(error.what, where=error.where, fix=error.fix)
        self.cause = error
        self.text = SourceText(text, error.name)

    def diagnostics(self) -> str:
        """Return position and problem, the line with the position underlined, and the fix."""
        error = self.cause
        lines = [shown(f"{self.where}: {self.what}" if self.where else self.what)]
        if error.line is not None and error.column is not None:
            position = _position(self.text, error.line, error.column)
            lines.append(f"{' ' * len(str(position.line))} |")
            lines += excerpt(self.text.line(position.line), position)
        if self.fix:
            lines.append(shown(f" = {self.fix}"))
        return "\n".join(lines)


def read_bytes(path: Path, *, pipes: bool = True) -> bytes:
    """Return the content of `path`, or of standard input for `-`. Errors: InvalidInputError."""
    if path != STANDARD_INPUT:
        return read_file(path, limit=LARGEST_FILE, pipes=pipes)
    content = sys.stdin.buffer.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        what = f"the input is larger than {LARGEST_FILE:,} bytes"
        raise InvalidInputError(what, where=name_of(path), fix="check what is written to standard input")
    return content


def name_of(path: Path) -> str:
    """Return the name of the file for messages."""
    return "standard input" if path == STANDARD_INPUT else str(path)


def read_policy_text(path: Path, read: Callable[[str, str], T]) -> T:
    """Return what `read` returns for the file's text and name. Errors: PolicyFileError, InvalidInputError."""
    name, content = name_of(path), read_bytes(path)
    text = decoded(content, name)
    try:
        return read(text, name)
    except PolicyError as error:
        raise PolicyFileError(error, text) from error


def _position(file: SourceText, line: int, column: int) -> Position:
    """Return the position of the word that begins at `line` and `column`."""
    found = _TOKEN.match(file.line(line), column - 1)
    end = found.end() + 1 if found else column + 1
    return Position(line, column, line, end)
