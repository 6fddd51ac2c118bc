"""The status of each account and cluster, and the reasons for it."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from leastway.estate import Address, AuthMode, Place, Sighting, Weight
from leastway.grant import Profile
from leastway.reconcile.old_lists import OldList, old_lists
from leastway.reconcile.plan import Change, ChangeAction, Plan

__all__ = ["PlaceStatus", "Status", "statuses"]


class Status(enum.Enum):
    """The status of a place: that of its worst object."""

    AS_EXPECTED = "as expected"
    DIFFERS = "differs"
    BLOCKED = "blocked"
    REVOKED = "revoked"
    """Access is revoked in the account, and is not put back by an apply."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PlaceStatus:
    """One account or cluster; `counts` are its objects by action, `why` says what could not be read.

    `old_lists` are the objects whose address list differs from the profile's, `sightings` is other access.
    """

    place: Place
    status: Status
    mode: AuthMode | None
    counts: dict[ChangeAction, int]
    why: str = ""
    old_lists: tuple[OldList, ...] = ()
    sightings: tuple[Sighting, ...] = ()


def statuses(
    plan: Plan,
    places: Iterable[Place],
    modes: Mapping[Place, AuthMode],
    versions: Sequence[Profile],
    revoked: Collection[str] = (),
) -> tuple[PlaceStatus, ...]:
    """Return the status of each of `places` and of each place in the plan, accounts before their clusters.

    `modes` are those of the clusters that could be read; `versions` are those of the platform's profile; `revoked` are
    the accounts in which access is revoked.
    """
    by_place: dict[Place, list[Change]] = defaultdict(list)
    for change in plan:
        by_place[change.address.place].append(change)
    trouble = {
        problem.where.place if isinstance(problem.where, Address) else problem.where: problem.reason
        for problem in reversed(plan.unreadable)
    }
    seen: dict[Place, list[Sighting]] = defaultdict(list)
    for one in plan.sightings:
        seen[one.place].append(one)
    found: list[PlaceStatus] = []
    for place in sorted({*places, *by_place, *trouble, *seen}):
        changes, why = by_place[place], trouble.get(place, "")
        sightings = tuple(seen[place])
        counts = Counter(change.action for change in changes)
        status = _status(changes, sightings, is_unreadable=bool(why))
        if place.account in revoked and status is not Status.UNKNOWN:
            status = Status.REVOKED
        old = old_lists(changes, versions)
        found.append(PlaceStatus(place, status, modes.get(place), dict(counts), why, old, sightings))
    return tuple(found)


def _status(changes: Sequence[Change], sightings: Sequence[Sighting], *, is_unreadable: bool) -> Status:
    actions = {change.action for change in changes}
    weights = {one.weight for one in sightings}
    if is_unreadable or ChangeAction.UNKNOWN in actions:
        return Status.UNKNOWN
    if ChangeAction.BLOCKED in actions:
        return Status.BLOCKED
    if Weight.DIFFERS in weights or any(change.action.writes or change.is_open for change in changes):
        return Status.DIFFERS
    return Status.UNKNOWN if Weight.UNKNOWN in weights else Status.AS_EXPECTED
