"""The values of an explanation; `render` formats them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.evaluate import Decision, Request, StatementRef

__all__ = ["Element", "Explanation", "Failure", "Miss"]


class Element(enum.StrEnum):
    """An element of a statement that did not match a request."""

    ACTION = "action"
    RESOURCE = "resource"
    PRINCIPAL = "principal"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Failure:
    """An element that did not match. `found` is what the request has, empty if it does not have the key.

    `wanted` would have matched; if `excluded`, anything except these would have.
    """

    element: Element
    found: tuple[str, ...]
    wanted: tuple[str, ...]
    excluded: bool = False
    operator: str | None = None
    key: str | None = None
    hint: str | None = None
    """What is easily overlooked here, and how to fix it."""


@dataclass(frozen=True, slots=True)
class Miss:
    """An Allow statement that nearly matched, and all its elements that did not."""

    ref: StatementRef
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request was decided as it was. `misses` are sorted, nearest first; `notes` are sentences for people."""

    request: Request
    decision: Decision
    misses: tuple[Miss, ...] = ()
    notes: tuple[str, ...] = ()
