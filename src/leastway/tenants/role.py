"""Roles of an organization's users, and the permissions of each."""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["Permission", "Role"]


class Permission(enum.Enum):
    """What a request needs."""

    READ = "read"
    """See accounts, definitions, runs, and the audit log, without secrets."""
    OPERATE = "operate"
    """Change accounts and definitions, turn a kill switch on."""
    HAND_OUT = "take credentials"
    """Take temporary credentials and tokens for clusters. The only one that a token for some accounts has."""
    OWN = "own"
    """Manage users and tokens, turn a kill switch off, reveal what an operator may not see."""


class Role(enum.Enum):
    """What a user is in the organization."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"

    def allows(self, permission: Permission) -> bool:
        """Return whether this role has `permission`."""
        return permission in _PERMISSIONS[self]


_PERMISSIONS: Final = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.OPERATOR: frozenset({Permission.READ, Permission.OPERATE, Permission.HAND_OUT}),
    Role.OWNER: frozenset(Permission),
}
