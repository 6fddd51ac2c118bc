"""What a command prints, as lines of the run's log: masked first, then read as Terraform's JSON lines.

`init`, `get` and `show` print text. There, an error begins with `Error: ` and goes on until a warning or the end.
"""

from __future__ import annotations

from typing import Final

from leastway.orchestrator.journal import JournalOfRun
from leastway.terraform import Masker, read_log_line

__all__ = ["RunLog"]

_MOST_ERRORS: Final = 20
_LONGEST: Final = 64 << 10
"""Bytes of a line; a longer one is cut into several."""
_OF_ERRORS: Final = (b"Error: ", b'"error"')
"""What lines with errors contain: of text, and of JSON."""


class RunLog:
    """The log of one command. `errors` are the texts that Terraform printed as errors."""

    def __init__(self, journal: JournalOfRun, phase: str, masker: Masker) -> None:
        self._journal = journal
        self._phase = phase
        self._stream = masker.stream()
        self._rest = b""
        self._is_in_error = False
        self.errors: list[str] = []

    def printed(self, piece: bytes) -> None:
        """Take a piece of what was printed."""
        self._lines(self._stream.feed(piece))

    def end(self) -> None:
        """Take what is left."""
        self._lines(self._stream.end())
        if self._rest:
            self._line(self._rest)
            self._rest = b""

    def _lines(self, masked: bytes) -> None:
        content = self._rest + masked
        if self._journal.is_full and not self._may_have_errors(content):
            self._rest = content[content.rfind(b"\n") + 1 :][:_LONGEST]
            return
        *whole, self._rest = content.split(b"\n")
        for line in whole:
            self._line(line)
        while len(self._rest) > _LONGEST:
            self._line(self._rest[:_LONGEST])
            self._rest = self._rest[_LONGEST:]

    def _may_have_errors(self, content: bytes) -> bool:
        """Whether these lines can add to `errors`, which are read from a log that is full as well."""
        return len(self.errors) < _MOST_ERRORS and (self._is_in_error or any(word in content for word in _OF_ERRORS))

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        if text.startswith(("Error: ", "Warning: ")):
            self._is_in_error = text.startswith("Error: ")
        for found in read_log_line(text):
            is_error = found.level == "error" or (self._is_in_error and found.text == text)
            if is_error and len(self.errors) < _MOST_ERRORS and found.text.strip():
                self.errors.append(found.text.strip())
            self._journal.say(self._phase, found.text)
