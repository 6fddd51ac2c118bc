"""The state of each account and cluster: one word each, and what is behind it."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from dataclasses import dataclass

from leastway.app.old_lists import OldList, old_lists
from leastway.app.planning import Planned
from leastway.compiler import cluster_places
from leastway.estate import Address, AuthMode, ClusterFacts, Place, Sighting, Weight
from leastway.grant import Grant
from leastway.reconcile import Change, ChangeAction

__all__ = ["PlaceState", "State", "states"]


class State(enum.Enum):
    """How a place stands, the worst of its objects deciding."""

    AS_MEANT = "as meant"
    DIFFERS = "differs"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PlaceState:
    """One account or cluster; `counts` says how many objects await which action, `why` what could not be read.

    `old_lists` are the objects whose address list is not the profile's, `sightings` what was seen beside the objects.
    """

    place: Place
    state: State
    mode: AuthMode | None
    counts: dict[ChangeAction, int]
    why: str = ""
    old_lists: tuple[OldList, ...] = ()
    sightings: tuple[Sighting, ...] = ()


def states(grant: Grant, planned: Planned) -> tuple[PlaceState, ...]:
    """Return every account of the grant, each followed by its clusters."""
    by_place: dict[Place, list[Change]] = defaultdict(list)
    for change in planned.plan:
        by_place[change.address.place].append(change)
    trouble = {
        problem.where.place if isinstance(problem.where, Address) else problem.where: problem.reason
        for problem in reversed(planned.plan.unreadable)
    }
    accounts = [Place(account.id) for account in grant.accounts]
    seen = {one.place for one in planned.plan.sightings}
    places = sorted({*accounts, *cluster_places(grant), *by_place, *trouble, *seen})
    return tuple(_state(grant, place, by_place[place], trouble.get(place, ""), planned) for place in places)


def _state(grant: Grant, place: Place, changes: list[Change], why: str, planned: Planned) -> PlaceState:
    facts = planned.facts.get(place)
    counts = Counter(change.action for change in changes)
    sightings = tuple(one for one in planned.plan.sightings if one.place == place)
    weights = {one.weight for one in sightings}
    if why or counts[ChangeAction.UNKNOWN]:
        state = State.UNKNOWN
    elif counts[ChangeAction.BLOCKED]:
        state = State.BLOCKED
    elif Weight.DIFFERS in weights or any(change.action.writes or change.is_open for change in changes):
        state = State.DIFFERS
    elif Weight.UNKNOWN in weights:
        state = State.UNKNOWN
    else:
        state = State.AS_MEANT
    mode = facts.mode if isinstance(facts, ClusterFacts) else None
    return PlaceState(place, state, mode, dict(counts), why, old_lists(grant, changes), sightings)
