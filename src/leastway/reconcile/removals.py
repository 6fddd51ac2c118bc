"""The objects that an offboarding removes, for its evidence: once deleted, they can no longer be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from leastway.reconcile.plan import Plan

__all__ = ["Removal", "others_than", "removals_of"]


@dataclass(frozen=True, slots=True)
class Removal:
    """One object that a run planned to remove: its address, its unique id if it has one, and when (UTC, ISO 8601)."""

    what: str
    unique_id: str
    planned: str

    def __post_init__(self) -> None:
        if not all(isinstance(text, str) for text in (self.what, self.unique_id, self.planned)):
            raise TypeError("a removal consists of three strings")


def removals_of(plan: Plan, now: dt.datetime) -> tuple[Removal, ...]:
    """Return what `plan` removes, planned at `now`."""
    return tuple(
        Removal(str(change.address), change.live.unique_id, now.isoformat())
        for change in plan.writes
        if change.live is not None
    )


def others_than(mine: Iterable[Removal], known: Iterable[Removal]) -> tuple[Removal, ...]:
    """Return the removals of `known` that concern other objects than `mine`, whenever they were planned."""
    found = {(removal.what, removal.unique_id) for removal in mine}
    return tuple(removal for removal in known if (removal.what, removal.unique_id) not in found)
