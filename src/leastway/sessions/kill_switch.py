"""Kill switches, and the judgement which one stops a request.

A switch that is on stops everything in its scope: requests for credentials, streams in flight, and sessions chained
from one that it stops.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from leastway.errors import InvalidInputError
from leastway.sessions.request import Subject

__all__ = ["KillSwitch", "Scope", "first_to_stop"]


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
        if not self.is_on or (self.organization is not None and self.organization != subject.organization):
            return False
        match self.scope:
            case Scope.EVERYTHING | Scope.ORGANIZATION:
                return True
            case Scope.ACCOUNT:
                return self.target == subject.account
            case Scope.ROLE:
                return self.target == subject.role
            case Scope.DEFINITION:
                return self.target == subject.definition
        assert_never(self.scope)


def first_to_stop(switches: Iterable[KillSwitch], lineage: Iterable[Subject]) -> KillSwitch | None:
    """Return the first switch that stops a request, or one of the sessions that it is chained from."""
    subjects = tuple(lineage)
    return next((one for one in switches if any(map(one.stops, subjects))), None)
