"""Kill switches, and the judgement which one stops a request.

A switch that is on stops everything in its scope: requests for credentials, streams in flight, and sessions chained
from one that it stops.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from leastway.errors import InvalidInputError
from leastway.sessions.request import Subject

__all__ = ["KillSwitch", "Scope", "SwitchesOn"]

_Aim = tuple["Scope", str | None, str | None]


class Scope(enum.Enum):
    """What a switch stops."""

    EVERYTHING = "everything"
    """Every organization of the server."""
    ORGANIZATION = "organization"
    ACCOUNT = "account"
    ROLE = "role"
    DEFINITION = "definition"


_TARGETS = (Scope.ACCOUNT, Scope.ROLE, Scope.DEFINITION)


@dataclass(frozen=True, slots=True)
class KillSwitch:
    """One switch. `target` is the id of an account or a definition, or the ARN of a role.

    `on_by` and `off_by` are the ids of users, or `administrator` for who acts on the server's machine. A switch for a
    role without an organization stops that role in every organization.
    Errors: InvalidInputError if the scope lacks its organization or target, or has one that it does not need.
    """

    id: str
    scope: Scope
    organization: str | None
    target: str | None
    reason: str
    on_at: datetime
    on_by: str
    off_at: datetime | None = None
    off_by: str | None = None

    def __post_init__(self) -> None:
        if self.scope is Scope.EVERYTHING and self.organization is not None:
            raise InvalidInputError("a kill switch for everything belongs to no organization")
        if self.scope not in (Scope.EVERYTHING, Scope.ROLE) and self.organization is None:
            raise InvalidInputError(f"a kill switch for one {self.scope.value} needs its organization")
        if (self.scope in _TARGETS) != bool(self.target):
            needs = "needs to say which one" if self.scope in _TARGETS else "has no target"
            raise InvalidInputError(f"a kill switch for the scope {self.scope.value} {needs}")
        if not self.reason.strip():
            raise InvalidInputError("a kill switch needs a reason", fix="say why, for those who find it on")

    @property
    def is_on(self) -> bool:
        """Whether it stops anything."""
        return self.off_at is None

    @property
    def what(self) -> str:
        """What it stops, for a person."""
        match self.scope:
            case Scope.EVERYTHING:
                return "everything"
            case Scope.ORGANIZATION:
                return f"organization {self.organization}"
            case Scope.ACCOUNT | Scope.ROLE | Scope.DEFINITION:
                return f"{self.scope.value} {self.target}"
        assert_never(self.scope)

    def stops(self, subject: Subject) -> bool:
        """Return whether the switch is on and `subject` is in its scope."""
        return self.is_on and self._aim in _aims_at(subject)

    @property
    def _aim(self) -> _Aim:
        return (self.scope, self.organization, self.target or None)


class SwitchesOn:
    """Switches by what they stop, so that judging a request takes as long for many as for one."""

    def __init__(self, switches: Iterable[KillSwitch] = ()) -> None:
        """Take switches in their order; what is off is left out."""
        self.all: Final = tuple(one for one in switches if one.is_on)
        self._by_aim: dict[_Aim, int] = {}
        for place, one in enumerate(self.all):
            self._by_aim.setdefault(one._aim, place)

    def __bool__(self) -> bool:
        return bool(self.all)

    def first_to_stop(self, lineage: Iterable[Subject]) -> KillSwitch | None:
        """Return the first switch that stops a request, or one of the sessions that it is chained from."""
        if not self.all:
            return None
        by_aim = self._by_aim
        places = [by_aim[aim] for subject in lineage for aim in _aims_at(subject) if aim in by_aim]
        return self.all[min(places)] if places else None


def _aims_at(subject: Subject) -> tuple[_Aim, ...]:
    """Return what switches that stop the subject are for: each its scope, its organization and its target."""
    organization = subject.organization
    aims: tuple[_Aim, ...] = (
        (Scope.EVERYTHING, None, None),
        (Scope.ORGANIZATION, organization, None),
        (Scope.ACCOUNT, organization, subject.account),
    )
    if subject.role is not None:
        aims += ((Scope.ROLE, organization, subject.role), (Scope.ROLE, None, subject.role))
    if subject.definition is not None:
        aims += ((Scope.DEFINITION, organization, subject.definition),)
    return aims
