"""The results of linting: findings, and what could not be checked. Both are values, never exceptions."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.source import Position

__all__ = ["Finding", "Result", "Severity", "Unchecked"]


class Severity(enum.StrEnum):
    """The severity of a finding."""

    ERROR = "error"
    """Access that nobody can have intended, or a protection that does not protect."""
    WARNING = "warning"
    """The policy does less or more than it says."""
    NOTE = "note"
    """The policy could be shorter or clearer; no access changes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect of a policy.

    `rule` is the kebab-case id of the rule and its documentation page. `pointer` is the RFC 6901 JSON pointer from the
    file's root; `position` is the position in the file, None if there is no text.
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
    """Something that could not be checked, why, and how to fix it; `rule` is None if it was not a rule that failed."""

    rule: str | None
    reason: str
    fix: str | None
    pointer: str = ""
    position: Position | None = None
    file: str | None = None


Result = Finding | Unchecked
