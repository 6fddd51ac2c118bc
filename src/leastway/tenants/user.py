"""Users of an organization: people, and services that act by tokens."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from leastway.tenants.role import Role

__all__ = ["User", "UserKind"]


class UserKind(enum.Enum):
    """A person signs in with a password; a service user has tokens only."""

    PERSON = "user"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class User:
    """A user of one organization; `id` is a UUID, unique in the server."""

    id: str
    organization: str
    kind: UserKind
    name: str
    email: str | None
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
