"""The results of applying a plan, and of a revocation."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leastway.reconcile.plan import Change

__all__ = ["Applied", "Outcome", "Result", "RevocationVerdict"]


class Outcome(enum.Enum):
    """How a change ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """One change and its outcome; `reason` says why if it was not done."""

    change: Change
    outcome: Outcome
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """All results, in the order of the plan."""

    results: tuple[Result, ...]

    def having(self, outcome: Outcome) -> tuple[Result, ...]:
        """Return the results with this outcome."""
        return tuple(result for result in self.results if result.outcome is outcome)

    @property
    def is_complete(self) -> bool:
        """Whether every change was done."""
        return all(result.outcome is Outcome.DONE for result in self.results)


class RevocationVerdict(enum.Enum):
    """The result of a revocation."""

    CUT = "cut off"
    INCOMPLETE = "incomplete"
    WORKS = "still works"
    UNKNOWN = "unknown"
