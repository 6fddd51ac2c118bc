"""What a command prints, as lines of the run's log: masked, then read as Terraform's JSON lines.

What such a line says is masked again, because a secret in it was encoded once more than the module did.

`init`, `get` and `show` print text. There, an error begins with `Error: ` and goes on until a warning or the end.
"""

from __future__ import annotations

from typing import Final

from leastway.orchestrator.journal import JournalOfRun
from leastway.primitives import Masker
from leastway.terraform import read_log_line

__all__ = ["RunLog"]

_MOST_ERRORS: Final = 20
_MOST_LINES: Final = 40
"""Lines of an error."""
_MOST_OF_ERROR: Final = 2_000
"""Characters of an error at its begin and at its end. Terraform repeats the whole command of a provisioner between."""
_LONGEST: Final = 64 << 10
"""Bytes of a line; a longer one is cut into several."""
_OF_ERRORS: Final = (b"Error: ", b'"error"')
"""What lines with errors contain: of text, and of JSON."""


class RunLog:
    """The log of one command."""

    def __init__(self, journal: JournalOfRun, phase: str, masker: Masker) -> None:
        self._journal = journal
        self._phase = phase
        self._masker, self._stream = masker, masker.stream()
        self._rest = b""
        self._is_in_error = False
        self._errors: list[list[str]] = []

    @property
    def errors(self) -> list[str]:
        """The errors that Terraform printed, each as one text: its title, a colon, and the rest."""
        told = [lines for lines in self._errors[:_MOST_ERRORS] if lines]
        texts = (": ".join((title, *([" ".join(rest)] if rest else []))) for title, *rest in told)
        return [_both_ends(text) for text in texts]

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
        return len(self._errors) < _MOST_ERRORS and (self._is_in_error or any(word in content for word in _OF_ERRORS))

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        if text.startswith(("Error: ", "Warning: ")):
            self._is_in_error = text.startswith("Error: ")
        for at, found in enumerate(read_log_line(text)):
            said = found.text if found.text == text else self._masker.text(found.text)
            if found.level == "error":
                self._error(said.strip(), is_title=at == 0)
            elif self._is_in_error and said == text:
                self._error(text.strip(), is_title=text.startswith("Error: "))
            self._journal.say(self._phase, said)

    def _error(self, text: str, *, is_title: bool) -> None:
        if is_title and len(self._errors) <= _MOST_ERRORS:  # one more, so that nothing is added to the last one
            self._errors.append([text] if text else [])
        elif not is_title and text and len(self._errors[-1]) < _MOST_LINES:
            self._errors[-1].append(text)


def _both_ends(text: str) -> str:
    if len(text) <= 2 * _MOST_OF_ERROR:
        return text
    return f"{text[:_MOST_OF_ERROR]} … {text[-_MOST_OF_ERROR:]}"
