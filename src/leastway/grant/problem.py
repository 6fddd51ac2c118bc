"""What is wrong with a document, where, and the way out.

A problem is a value: documents are read to the end and every problem is kept, so that one run shows all of them. The
source line travels with the problem, already without secrets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.shown import shown
from leastway.source import excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leastway.source import Position

__all__ = ["GrantError", "Problem", "without_repetition"]

SECRET_RULES = ("secret", "example-key")
"""The rules that a credential breaks."""

_SHOWN_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a document breaks.

    `rule` is the kebab-case id under which `docs/grant.md` explains it. `position` stays within one line of `file`, and
    `source_line` is that line without secrets, or empty where there is none to show.
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
        """Return the problem for a machine: rule, message, fix, file, line, column, length."""
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
        """Return place, message, the underlined source line and the way out, one below the other."""
        head = shown(f"{self.file}:{self.position.line}:{self.position.column}: {self.message} [{self.rule}]")
        underlined = excerpt(self.source_line, self.position) if self.source_line else ()
        return "\n".join([head, *(f"  {line}" for line in underlined), shown(f"  fix: {self.fix}")])


class GrantError(InvalidInputError):
    """A grant that is refused, with all its problems in the order of the text."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.position, problem.rule)))
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
    taken = {problem.place for problem in first}
    secret: dict[tuple[Path, int], list[Position]] = {}
    for problem in first:
        if problem.rule in SECRET_RULES:
            secret.setdefault(problem.place[:2], []).append(problem.position)

    def is_new(problem: Problem) -> bool:
        near = secret.get(problem.place[:2], ())
        return problem.place not in taken and not any(map(problem.position.overlaps, near))

    return [*first, *(problem for problem in then if is_new(problem))]
