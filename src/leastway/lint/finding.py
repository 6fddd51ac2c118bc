"""What linting answers: findings, and what could not be checked. Both are values, never exceptions."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.source import Position

__all__ = ["Finding", "Result", "Severity", "Unchecked"]


class Severity(enum.StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Access that nobody can have meant, or a protection that does not protect."""
    WARNING = "warning"
    """The policy does not do what it says, or more than it seems."""
    NOTE = "note"
    """Could be shorter or plainer; nobody gains or loses access by it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a policy.

    `rule` is the kebab-case id under which the documentation explains it. `pointer` is the RFC 6901 JSON pointer from
    the file's root; `position` is where that stands in the file, None when there was no text.
    """

    rule: str
    severity: Severity
    message: str
    fix: str
    pointer: str
    position: Position | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Unchecked:
    """What could not be checked, why, and the way out; `rule` is None when it was no rule of the linter."""

    rule: str | None
    reason: str
    fix: str | None
    pointer: str = ""
    position: Position | None = None
    file: str | None = None


Result = Finding | Unchecked
