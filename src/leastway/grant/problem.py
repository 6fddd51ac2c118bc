"""Problems of a document: what is wrong, where, and how to fix it.

A problem is a value, not an exception: documents are read to the end and every problem is kept, so that one run shows
all of them. A problem includes its source line, with secrets masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.shown import shown
from leastway.source import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from leastway.source import Position

__all__ = ["GrantError", "Problem", "counted", "in_order", "rendered", "without_repetition"]

SECRET_RULES = ("secret", "example-key")
"""The rules about credentials."""

_SHOWN_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a document breaks.

    `rule` is the kebab-case id under which `docs/grant.md` explains it. `position` stays within one line of `file`, and
    `source_line` is that line with secrets masked, or empty if it cannot be shown.
    """

    rule: str
    message: str
    fix: str
    file: Path
    position: Position
    source_line: str

    @property
    def place(self) -> tuple[Path, int, int]:
        """The file, line and column."""
        return self.file, *self.position.start

    def record(self) -> dict[str, str | int]:
        """Return the problem as JSON values: rule, message, fix, file, line, column, length."""
        return {
            "rule": self.rule,
            "message": self.message,
            "fix": self.fix,
            "file": str(self.file),
            "line": self.position.line,
            "column": self.position.column,
            "length": self.position.end_column - self.position.column,
        }

    def render(self) -> str:
        """Return the place and message, the underlined source line, and the fix, each on its own line."""
        head = shown(f"{self.file}:{self.position.line}:{self.position.column}: {self.message} [{self.rule}]")
        underlined = excerpt(self.source_line, self.position) if self.source_line else ()
        return "\n".join([head, *(f"  {line}" for line in underlined), shown(f"  fix: {self.fix}")])


class GrantError(InvalidInputError):
    """A grant that was refused, with all its problems in the order of the text."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__(
            f"{counted(self.problems)}; no calls were made", where=str(path), fix="see the fix of each problem"
        )

    def diagnostics(self) -> str:
        """Return the problems for a person: the first fifty in full, and the total number last."""
        return "\n\n".join([rendered(self.problems), super().diagnostics().partition("\n")[0]])


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems in the order of the text."""
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.position, problem.rule)))


def counted(problems: Sequence[Problem]) -> str:
    """Return the number of problems in words."""
    return "1 problem" if len(problems) == 1 else f"{len(problems)} problems"


def rendered(problems: Sequence[Problem]) -> str:
    """Return problems for a person: the first fifty in full."""
    shown_ones = [problem.render() for problem in problems[:_SHOWN_PROBLEMS]]
    if hidden := len(problems) - len(shown_ones):
        shown_ones.append(f"... and {hidden} more")
    return "\n\n".join(shown_ones)


def without_repetition(first: Sequence[Problem], then: Sequence[Problem]) -> list[Problem]:
    """Return `first`, and those of `then` whose place `first` does not mention.

    For a value that contains a secret, nothing else is reported: another message could reveal a part of it.
    """
    taken = {problem.place for problem in first}
    secret: dict[tuple[Path, int], list[Position]] = {}
    for problem in first:
        if problem.rule in SECRET_RULES:
            secret.setdefault(problem.place[:2], []).append(problem.position)

    def is_new(problem: Problem) -> bool:
        near = secret.get(problem.place[:2], ())
        return problem.place not in taken and not any(map(problem.position.overlaps, near))

    return [*first, *(problem for problem in then if is_new(problem))]
