"""The plan: one change, with its reason, for every object that is desired or marked, including no-ops."""

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
    """It exists without our mark: take it over, change what differs, mark it."""
    REPLACE = "replace"
    """It cannot be changed in place: delete it and create it again."""
    DELETE = "delete"
    NONE = "none"
    FOREIGN = "foreign"
    """Another tool owns it: it is compared and reported, and changed only with `--adopt`."""
    STRAY = "stray"
    """It gives the platform more access than the grant, and leastway must not remove it."""
    BLOCKED = "blocked"
    """It cannot be changed until a person has acted."""
    UNKNOWN = "unknown"
    """It could not be read, so nothing is known about it and nothing is done to it."""

    @property
    def writes(self) -> bool:
        """Whether applying this change makes a call that writes."""
        return self in _WRITES


_WRITES = frozenset(
    {ChangeAction.CREATE, ChangeAction.UPDATE, ChangeAction.ADOPT, ChangeAction.REPLACE, ChangeAction.DELETE}
)


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one object.

    `stages` are the states to update to, the last of which is `wanted`; empty for a delete.
    """

    address: Address
    action: ChangeAction
    reason: str
    wanted: EstateObject | None = None
    live: Observed | None = None
    differences: tuple[Difference, ...] = ()
    stages: tuple[EstateObject, ...] = ()
    fix: str = ""
    consent: str = ""
    """The flag with which a person allows apply to do it anyway."""

    @property
    def is_open(self) -> bool:
        """Whether it keeps the place from matching the grant, and apply would not fix it."""
        if self.action is ChangeAction.FOREIGN:
            return bool(self.differences)
        return self.action in (ChangeAction.STRAY, ChangeAction.BLOCKED, ChangeAction.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would be done for one grant, sorted by place and creation order."""

    grant: str
    changes: tuple[Change, ...]
    unreadable: tuple[Unreadable, ...] = field(default=())
    sightings: tuple[Sighting, ...] = field(default=())
    """Other access, if it was looked for; sorted by place."""
    left_out: tuple[Place | Address, ...] = field(default=())
    """What the grant has in addition, and a person asked not to include."""

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that write."""
        return tuple(change for change in self.changes if change.action.writes)

    @property
    def open(self) -> tuple[Change, ...]:
        """The changes that keep the estate from matching the grant and that apply would not fix."""
        return tuple(change for change in self.changes if change.is_open)

    @property
    def unverified(self) -> tuple[Address, ...]:
        """The objects that are left in place because their mark is not verified."""
        return tuple(change.address for change in self.changes if change.consent)

    @property
    def is_clean(self) -> bool:
        """Whether it is certain that everything matches the grant."""
        return not self.writes and not self.open and not self.unreadable and not self.open_sightings

    @property
    def open_sightings(self) -> tuple[Sighting, ...]:
        """The sightings that keep the estate from matching the grant, or leave it unknown whether it does."""
        return tuple(one for one in self.sightings if one.weight is not Weight.REMARK)

    @property
    def is_unknown(self) -> bool:
        """Whether something could not be read."""
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
