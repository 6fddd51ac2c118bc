"""What is wrong with a document, where, and the way out.

A problem is a value: documents are read to the end and every problem is kept, so that one run shows all of them. The
source line travels with the problem, already without secrets and without characters that could steer a terminal.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["GrantError", "Position", "Problem", "without_repetition"]

SECRET_RULES = ("secret", "example-key")
"""The rules that a credential breaks."""

_SHOWN_PROBLEMS = 50
_SHOWN_COLUMNS = 100


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file: `line` and `column` count from 1, `length` is in characters and ends with the line."""

    file: Path
    line: int
    column: int
    length: int

    @property
    def start(self) -> tuple[Path, int, int]:
        """The place without its length."""
        return self.file, self.line, self.column

    def overlaps(self, other: Position) -> bool:
        """Whether both have a character in common."""
        return (
            (self.file, self.line) == (other.file, other.line)
            and self.column < other.column + other.length
            and other.column < self.column + self.length
        )

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a document breaks.

    `rule` is the kebab-case id under which `docs/grant.md` explains it. `source_line` is the line of the position,
    safe to print, or empty where a file has no such line.
    """

    rule: str
    message: str
    fix: str
    position: Position
    source_line: str

    def record(self) -> dict[str, str | int]:
        """Return the problem for a machine: rule, message, fix, file, line, column, length."""
        place = self.position
        return {
            "rule": self.rule,
            "message": self.message,
            "fix": self.fix,
            "file": str(place.file),
            "line": place.line,
            "column": place.column,
            "length": place.length,
        }

    def render(self) -> str:
        """Return place, message, the underlined source line and the way out, one below the other."""
        head = shown(f"{self.position}: {self.message} [{self.rule}]")
        lines = [head, *self._underlined(), shown(f"  fix: {self.fix}")]
        return "\n".join(lines)

    def _underlined(self) -> list[str]:
        """Return the source line and its underline; of a long line, the part around the position."""
        if not self.source_line:
            return []
        start = self.position.column - 1
        first = max(0, start - _SHOWN_COLUMNS // 2) if len(self.source_line) > _SHOWN_COLUMNS else 0
        shown = self.source_line[first : first + _SHOWN_COLUMNS]
        before = "".join(_blank(character) for character in shown[: start - first])
        under = shown[start - first :][: self.position.length]
        number = str(self.position.line)
        return [f"  {number} | {shown}", f"  {' ' * len(number)} | {before}{'^' * max(1, _width(under))}"]


class GrantError(InvalidInputError):
    """A grant that is refused, with all its problems in the order of the text."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.position, problem.rule)))
        many = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(f"{many}, and nothing was called", where=str(path), fix="see each problem's own fix")

    def diagnostics(self) -> str:
        """Return every problem for a person, the first fifty in full, and their number last."""
        rendered = [problem.render() for problem in self.problems[:_SHOWN_PROBLEMS]]
        if hidden := len(self.problems) - len(rendered):
            rendered.append(f"... and {hidden} more")
        return "\n\n".join([*rendered, super().diagnostics().partition("\n")[0]])


def without_repetition(first: Sequence[Problem], then: Sequence[Problem]) -> list[Problem]:
    """Return both, but for what `then` says about a place of which `first` has spoken already.

    About a value with a secret in it nothing is said but that: a message about the value might tell a part of it.
    """
    taken = {problem.position.start for problem in first}
    secret: dict[tuple[Path, int], list[Position]] = {}
    for problem in first:
        if problem.rule in SECRET_RULES:
            secret.setdefault(problem.position.start[:2], []).append(problem.position)

    def is_new(place: Position) -> bool:
        return place.start not in taken and not any(map(place.overlaps, secret.get(place.start[:2], ())))

    return [*first, *(problem for problem in then if is_new(problem.position))]


def _blank(character: str) -> str:
    """Return white space as wide as `character`; a tab stays a tab."""
    return "\t" if character == "\t" else " " * _width(character)


def _width(text: str) -> int:
    """Return the terminal columns of `text`: two for a wide character, none for one that combines."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
