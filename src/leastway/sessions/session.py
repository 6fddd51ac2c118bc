"""A session that was made: who may use what until when, and the family tree that chaining makes. No credentials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from leastway.sessions.request import Subject

__all__ = ["Session", "family_of"]


@dataclass(frozen=True, slots=True)
class Session:
    """A session of STS. `parent` is the id of the session that it is chained from.

    `handed_out_at` is when its credentials first left the server: from then on only AWS can end it before `expires_at`.
    """

    id: str
    organization: str
    account: str
    definition: str | None
    parent: str | None
    role: str
    session_name: str
    access_key_id: str
    issued_at: datetime
    expires_at: datetime
    handed_out_at: datetime | None = None
    ended_at: datetime | None = None
    ended_because: str | None = None

    @property
    def subject(self) -> Subject:
        """What a kill switch can stop in this session alone."""
        return Subject(self.organization, self.account, self.role, self.definition)


def family_of(roots: Iterable[str], sessions: Iterable[Session]) -> frozenset[str]:
    """Return the ids of `roots` and of every session chained from one of them, at any depth."""
    children: dict[str, list[str]] = {}
    for session in sessions:
        if session.parent is not None:
            children.setdefault(session.parent, []).append(session.id)
    found: set[str] = set()
    left = list(roots)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left.extend(children.get(one, ()))
    return frozenset(found)
