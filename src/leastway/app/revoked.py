"""The result of a revocation: what was cut, what was tried, what is left, and the verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from leastway.app.revocation_plan import RevocationPlan
from leastway.estate import Sighting, Way, Weight
from leastway.reconcile import Applied, CutStep, Outcome, Plan, Remaining, Removal, RevocationVerdict
from leastway.verify import Probe, ProbeAnswer, ProbeVerdict

__all__ = ["Revoked", "Tried"]

_OPEN_WAYS = frozenset({Way.USER, Way.TRUST, Way.ACCESS_ENTRY, Way.AWS_AUTH_MAPPING, Way.CLUSTER})
"""Other access that works without the users and roles of the grant, or with a cluster token of theirs."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A request that was made as the platform before the revocation, and again after it if it worked before."""

    probe: Probe
    before: ProbeAnswer
    after: ProbeAnswer | None = None

    @property
    def worked(self) -> bool:
        """Whether it worked before the revocation: only then a refusal shows something."""
        return self.before.verdict is ProbeVerdict.ALLOWED

    @property
    def refused(self) -> bool:
        """Whether it worked before, and is refused now."""
        after = self.after
        return self.worked and after is not None and (after.verdict is ProbeVerdict.DENIED or after.rejected)

    @property
    def works(self) -> bool:
        """Whether it still works."""
        return self.after is not None and self.after.verdict is ProbeVerdict.ALLOWED


@dataclass(frozen=True, slots=True)
class Revoked:
    """What was cut, what was tried, and what is left."""

    plan: RevocationPlan
    steps: tuple[CutStep, ...]
    removed: tuple[Applied, ...]
    tried: tuple[Tried, ...]
    in_a_row: int
    """How often in a row everything was read and tried."""
    unconfirmed: Mapping[str, str]
    """What was not seen often enough in a row, by account."""
    left: Plan
    """What still gives access in the clusters, and what could not be read."""
    sightings: tuple[Sighting, ...]
    not_looked: str
    """Why nothing could be read at the end; empty if it was."""
    remaining: tuple[Remaining, ...]
    started: dt.datetime
    finished: dt.datetime
    earlier: tuple[Removal, ...] = ()
    not_recorded: str = ""
    given_up: frozenset[str] = field(default=frozenset())

    @property
    def failures(self) -> tuple[CutStep, ...]:
        """The steps on users and roles that failed."""
        return tuple(step for step in self.steps if step.outcome is Outcome.FAILED)

    @property
    def is_complete(self) -> bool:
        """Whether everything that was planned was done."""
        return not self.failures and all(one.is_complete for one in self.removed) and not self.left.writes

    @property
    def unproved(self) -> tuple[str, ...]:
        """The accounts with access in which no request that worked before was refused afterwards."""
        accounts = {address.place.account for address in self.plan.existing}
        shown = {one.probe.account for one in self.tried if one.refused}
        return tuple(sorted(accounts - shown))

    @property
    def open(self) -> tuple[Sighting, ...]:
        """Other access of the platform, which this grant does not give and this revocation does not cut."""
        return tuple(one for one in self.sightings if one.weight is Weight.DIFFERS and one.way in _OPEN_WAYS)

    @property
    def verdict(self) -> RevocationVerdict:
        """The result: cut off only if that was shown."""
        if not self.is_complete:
            return RevocationVerdict.INCOMPLETE
        if any(one.works for one in self.tried) or self.open:
            return RevocationVerdict.WORKS
        unread = self.left.unreadable or self.not_looked or self.plan.unverified or self.unconfirmed or self.given_up
        unseen = any(one.weight is Weight.UNKNOWN for one in self.sightings)
        untried = any(one.worked and not one.refused for one in self.tried)
        if unread or unseen or untried or self.unproved:
            return RevocationVerdict.UNKNOWN
        return RevocationVerdict.CUT
