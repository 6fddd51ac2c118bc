"""Whether a suggestion lies within what a grant permits a role: proved, or what the grant would have to permit as well.

The suggestion is compared within the same boundary as the contract's bound: the platform's addresses limit both. If the
whole is not proved, each statement is asked about by itself, then its halves, down to one action on one resource: what
is named is what the grant would have to permit, and not what it permits already.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
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

    `timeout` is in seconds, for each comparison, and for all halves together: what is left then is named whole.
    """
    verdict = _compared(suggestion, bound, timeout)
    if isinstance(verdict, Proved):
        return Within(verdict)
    until = time.monotonic() + timeout

    def beyond(statement: SuggestedStatement) -> Iterator[Beyond]:
        found = _compared(replace(suggestion, statements=(statement,)), bound, timeout)
        if isinstance(found, Proved):
            return
        halves = _halves(statement) if time.monotonic() < until else ()
        parts = [one for half in halves for one in beyond(half)]
        yield from parts or [Beyond(statement, isinstance(found, Refuted))]

    found = [one for each in suggestion.statements for one in _joined(beyond(each))]
    return Within(verdict, tuple(found))


def _halves(statement: SuggestedStatement) -> tuple[SuggestedStatement, ...]:
    actions, resources = statement.actions, statement.resources
    if (middle := len(actions) // 2) > 0:
        return tuple(SuggestedStatement(half, resources) for half in (actions[:middle], actions[middle:]))
    if (middle := len(resources) // 2) > 0:
        return tuple(SuggestedStatement(actions, half) for half in (resources[:middle], resources[middle:]))
    return ()


def _joined(parts: Iterable[Beyond]) -> Iterator[Beyond]:
    """Put together what was divided: resources of the same actions, then actions on the same resources."""
    by_actions: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for one in parts:
        by_actions.setdefault((one.is_refuted, one.statement.actions), []).extend(one.statement.resources)
    by_resources: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for (is_refuted, actions), resources in by_actions.items():
        by_resources.setdefault((is_refuted, tuple(resources)), []).extend(actions)
    for (is_refuted, kept), names in by_resources.items():
        yield Beyond(SuggestedStatement(tuple(names), kept), is_refuted)


def _compared(suggestion: Suggestion, bound: PolicySet, timeout: float) -> Verdict:
    new = PolicySet(identity=suggestion.documents(), boundary=bound.boundary)
    return compare(new, bound, catalog=load_catalog(), timeout=timeout)
