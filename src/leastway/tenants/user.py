"""Users of an organization: people, services that act by tokens, and groups of an identity provider."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from leastway.tenants.role import Role

__all__ = ["User", "UserKind"]


class UserKind(enum.Enum):
    """A person signs in with a password; a service user has tokens only; a group has roles and cannot act."""

    PERSON = "user"
    SERVICE = "service"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class User:
    """A user of one organization; `id` is a UUID, unique in the server. `idp_id` is a group's identity provider."""

    id: str
    organization: str
    kind: UserKind
    name: str
    email: str | None
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
    idp_id: str | None = None
