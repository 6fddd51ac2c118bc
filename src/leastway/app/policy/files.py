"""Reading policies from files, with errors that underline the place."""

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
"""Bytes; the authorization details of a large account are some ten megabytes."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[^\s,:\[\]{}"]+')


class PolicyFileError(InvalidInputError):
    """A file that cannot be accepted; the diagnostics show the line and underline the place."""

    def __init__(self, error: PolicyError, text: str) -> None:
        super().__init__(error.what, where=error.where, fix=error.fix)
        self.cause = error
        self.text = SourceText(text, error.name)

    def diagnostics(self) -> str:
        """Return place and problem, the line with the place underlined, and the way out."""
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
    """Return what is in `path`, or in standard input for `-`. Errors: InvalidInputError."""
    if path != STANDARD_INPUT:
        return read_file(path, limit=LARGEST_FILE, pipes=pipes)
    content = sys.stdin.buffer.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        what = f"is over {LARGEST_FILE:,} bytes, which no such file needs"
        raise InvalidInputError(what, where=name_of(path), fix="check what is read")
    return content


def name_of(path: Path) -> str:
    """Return what messages call the file."""
    return "standard input" if path == STANDARD_INPUT else str(path)


def read_policy_text(path: Path, read: Callable[[str, str], T]) -> T:
    """Return what `read` makes of the file's text and name. Errors: PolicyFileError, InvalidInputError."""
    name, content = name_of(path), read_bytes(path)
    text = decoded(content, name)
    try:
        return read(text, name)
    except PolicyError as error:
        raise PolicyFileError(error, text) from error


def _position(file: SourceText, line: int, column: int) -> Position:
    """Return the word that stands at the place."""
    found = _TOKEN.match(file.line(line), column - 1)
    end = found.end() + 1 if found else column + 1
    return Position(line, column, line, end)
