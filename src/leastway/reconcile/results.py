"""How the changes of a plan ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leastway.reconcile.plan import Change

__all__ = ["Applied", "Outcome", "Result"]


class Outcome(enum.Enum):
    """How a change ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """One change and its end; `reason` says why where it is not done."""

    change: Change
    outcome: Outcome
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """All results, in the plan's order."""

    results: tuple[Result, ...]

    def having(self, outcome: Outcome) -> tuple[Result, ...]:
        """Return the results that ended so."""
        return tuple(result for result in self.results if result.outcome is outcome)

    @property
    def is_complete(self) -> bool:
        """Whether every change was done."""
        return all(result.outcome is Outcome.DONE for result in self.results)
