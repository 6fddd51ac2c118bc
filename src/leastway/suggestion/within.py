"""Whether a suggestion lies within what a grant permits a role: proved, or what the grant would have to permit as well.

The suggestion is compared within the same boundary as the contract's bound: the platform's addresses limit both. If the
whole is not proved, each statement is asked about by itself, so that a person sees which part is beyond the grant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from leastway.policy import PolicySet
from leastway.policy.catalog import load_catalog
from leastway.policy.prove import Proved, Refuted, Verdict, compare
from leastway.suggestion.observed import SuggestedStatement, Suggestion

__all__ = ["Beyond", "Within", "judge"]


@dataclass(frozen=True, slots=True)
class Beyond:
    """A statement that is not proved to be within the grant; `is_refuted` says that a counterexample was found."""

    statement: SuggestedStatement
    is_refuted: bool


@dataclass(frozen=True, slots=True)
class Within:
    """The verdict about the whole suggestion, and the statements that are beyond the grant unless it is proved."""

    verdict: Verdict
    beyond: tuple[Beyond, ...] = ()

    @property
    def is_proved(self) -> bool:
        """Whether the grant permits everything that is suggested."""
        return isinstance(self.verdict, Proved)


def judge(suggestion: Suggestion, bound: PolicySet, *, timeout: float = 10.0) -> Within:
    """Return whether `bound`, the most that the role may do by the contract, permits the suggestion.

    `timeout` is in seconds, for each comparison.
    """
    verdict = _compared(suggestion, bound, timeout)
    if isinstance(verdict, Proved):
        return Within(verdict)
    beyond = []
    for each in suggestion.statements:
        found = _compared(replace(suggestion, statements=(each,)), bound, timeout)
        if not isinstance(found, Proved):
            beyond.append(Beyond(each, isinstance(found, Refuted)))
    return Within(verdict, tuple(beyond))


def _compared(suggestion: Suggestion, bound: PolicySet, timeout: float) -> Verdict:
    new = PolicySet(identity=suggestion.documents(), boundary=bound.boundary)
    return compare(new, bound, catalog=load_catalog(), timeout=timeout)
