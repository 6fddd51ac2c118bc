"""Organizations, their users, roles and tokens: who asks, and what that role may do.

Pure. An organization owns everything that the server keeps; a user and a token belong to one organization.
"""

from leastway.tenants.object_role import ROLES_ON, ObjectKind, ObjectRole
from leastway.tenants.organization import MOST_CHARACTERS, Organization, is_organization_id
from leastway.tenants.role import Permission, Role
from leastway.tenants.token import NewToken, Token, token_digest
from leastway.tenants.user import User, UserKind

__all__ = [
    "MOST_CHARACTERS",
    "ROLES_ON",
    "NewToken",
    "ObjectKind",
    "ObjectRole",
    "Organization",
    "Permission",
    "Role",
    "Token",
    "User",
    "UserKind",
    "is_organization_id",
    "token_digest",
]
