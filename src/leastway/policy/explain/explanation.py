"""What an explanation holds, as values; `render` and `as_json` show it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.evaluate import Decision, Request, StatementRef

__all__ = ["Element", "Explanation", "Failure", "Miss"]


class Element(enum.StrEnum):
    """An element of a statement that a request did not meet."""

    ACTION = "action"
    RESOURCE = "resource"
    PRINCIPAL = "principal"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Failure:
    """One element that failed. `found` is what the request has, empty when it has nothing under the key.

    `wanted` would have matched; with `excluded`, anything but these would have.
    """

    element: Element
    found: tuple[str, ...]
    wanted: tuple[str, ...]
    excluded: bool = False
    operator: str | None = None
    key: str | None = None
    hint: str | None = None
    """Why this is easily overlooked, and the way out."""


@dataclass(frozen=True, slots=True)
class Miss:
    """An Allow statement that came near, and every element of it that failed."""

    ref: StatementRef
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request was decided as it was. `misses` go from near to far; `notes` are sentences for people."""

    request: Request
    decision: Decision
    misses: tuple[Miss, ...] = ()
    notes: tuple[str, ...] = ()
