"""Roles on one application or one environment type, next to the role in the organization.

Source: Humanitec's API, `apps/{appId}/users` and `env-types/{envType}/users`.
"""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["ROLES_ON", "ObjectKind", "ObjectRole"]


class ObjectKind(enum.Enum):
    """What a role is on."""

    APPLICATION = "application"
    ENVIRONMENT_TYPE = "environment-type"


class ObjectRole(enum.Enum):
    """What a user or group is on an object."""

    OWNER = "owner"
    DEVELOPER = "developer"
    VIEWER = "viewer"
    DEPLOYER = "deployer"


ROLES_ON: Final = {
    ObjectKind.APPLICATION: (ObjectRole.OWNER, ObjectRole.DEVELOPER, ObjectRole.VIEWER),
    ObjectKind.ENVIRONMENT_TYPE: (ObjectRole.DEPLOYER,),
}
"""The roles that exist on each kind of object."""
