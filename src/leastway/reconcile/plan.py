"""What would be done, and why: one change for every object that is wanted or marked, the no-ops included."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from leastway.estate import Address, EstateObject, Observed, Place, Sighting, Unreadable, Weight
from leastway.reconcile.compare import Difference

__all__ = ["Change", "ChangeAction", "Plan"]


class ChangeAction(enum.Enum):
    """What a change does to its object."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    """It is there without our mark: take it over, change what differs, mark it."""
    REPLACE = "replace"
    """It cannot be changed in place, and says so in its reason."""
    DELETE = "delete"
    NONE = "none"
    FOREIGN = "foreign"
    """Another tool owns it: compared and reported, changed only with `--adopt`."""
    STRAY = "stray"
    """It gives the platform more than the grant says, and is not ours to remove."""
    BLOCKED = "blocked"
    """It cannot be done, and a person must act first."""
    UNKNOWN = "unknown"
    """It could not be read, so nothing is said of it and nothing is done to it."""

    @property
    def writes(self) -> bool:
        """Whether applying this change calls anything."""
        return self in _WRITES


_WRITES = frozenset(
    {ChangeAction.CREATE, ChangeAction.UPDATE, ChangeAction.ADOPT, ChangeAction.REPLACE, ChangeAction.DELETE}
)


@dataclass(frozen=True, slots=True)
class Change:
    """One object's fate. `stages` are the states to go through, the last of which is `wanted`; empty for a delete."""

    address: Address
    action: ChangeAction
    reason: str
    wanted: EstateObject | None = None
    live: Observed | None = None
    differences: tuple[Difference, ...] = ()
    stages: tuple[EstateObject, ...] = ()
    fix: str = ""
    consent: str = ""
    """The flag by which a person lets apply do it all the same."""

    @property
    def is_open(self) -> bool:
        """Whether it keeps the grant from being as meant and apply would not mend it."""
        if self.action is ChangeAction.FOREIGN:
            return bool(self.differences)
        return self.action in (ChangeAction.STRAY, ChangeAction.BLOCKED, ChangeAction.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would be done for one grant, sorted by place and by the order of making."""

    grant: str
    changes: tuple[Change, ...]
    unreadable: tuple[Unreadable, ...] = field(default=())
    sightings: tuple[Sighting, ...] = field(default=())
    """What was seen beside the objects, as far as it was looked for; sorted by place."""

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that call something."""
        return tuple(change for change in self.changes if change.action.writes)

    @property
    def open(self) -> tuple[Change, ...]:
        """What keeps the grant from being as meant and that apply would not mend."""
        return tuple(change for change in self.changes if change.is_open)

    @property
    def unbelieved(self) -> tuple[Address, ...]:
        """What is left because its mark is not believed."""
        return tuple(change.address for change in self.changes if change.consent)

    @property
    def is_clean(self) -> bool:
        """Whether everything is as the grant means it, known for certain."""
        return not self.writes and not self.open and not self.unreadable and not self.told

    @property
    def told(self) -> tuple[Sighting, ...]:
        """The sightings that keep the grant from being as meant, or leave that unknown."""
        return tuple(one for one in self.sightings if one.weight is not Weight.REMARK)

    @property
    def is_unknown(self) -> bool:
        """Whether something could not be read or looked at."""
        return (
            bool(self.unreadable)
            or any(change.action is ChangeAction.UNKNOWN for change in self.changes)
            or any(one.weight is Weight.UNKNOWN for one in self.sightings)
        )

    def by_account(self) -> dict[str, list[Change]]:
        """Group the changes by account, in order."""
        grouped: dict[str, list[Change]] = {}
        for change in self.changes:
            grouped.setdefault(change.address.place.account, []).append(change)
        return grouped

    @staticmethod
    def by_cluster(changes: list[Change]) -> dict[Place, list[Change]]:
        """Group one account's cluster changes by cluster, in order."""
        grouped: dict[Place, list[Change]] = {}
        for change in changes:
            if change.address.place.cluster:
                grouped.setdefault(change.address.place, []).append(change)
        return grouped
