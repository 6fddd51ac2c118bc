"""Groups of an identity provider: they have a role, in the organization and on objects, and cannot act themselves.

Nobody is in a group until people sign in by an identity provider; the lists of members are therefore empty.
"""

from __future__ import annotations

import uuid

from leastway.errors import InvalidInputError
from leastway.service.caller import Caller, NotFoundError
from leastway.service.fields import check_name, check_short_id
from leastway.service.people import require_user
from leastway.service.server import Server
from leastway.store import ConflictError
from leastway.tenants import Permission, Role, User, UserKind

__all__ = ["add_group", "require_group", "require_member"]


def add_group(server: Server, caller: Caller, organization: str, *, name: str, provider: str, role: Role) -> User:
    """Create a group. Errors: InvalidInputError; ConflictError for a group that the identity provider has already."""
    caller.need(Permission.OWN, organization)
    check_name(name, "group_id")
    check_short_id(provider, "idp_id")
    with server.store.writing() as transaction:
        transaction.tenants.lock(organization)
        for user in transaction.tenants.users(organization):
            if (user.kind, user.name, user.idp_id, user.disabled_at) == (UserKind.GROUP, name, provider, None):
                raise ConflictError("this group exists already", fix="change its role instead")
        now = transaction.now
        group = User(str(uuid.uuid4()), organization, UserKind.GROUP, name, None, role, now, idp_id=provider)
        transaction.tenants.add_user(group)
        entry = caller.entry(now, "group.created", group.id, status=200, role=role.value, idp=provider, name=name)
        transaction.audit.append(entry)
    return group


def require_group(server: Server, caller: Caller, organization: str, group: str) -> User:
    """Return a group. Errors: NotFoundError."""
    found = _require(server, caller, organization, group)
    if found.kind is not UserKind.GROUP:
        raise NotFoundError(f"group {group!r} does not exist", fix="list the users of the organization")
    return found


def require_member(server: Server, caller: Caller, organization: str, user: str) -> User:
    """Return a user who can be in groups. Errors: NotFoundError; InvalidInputError for a group."""
    found = _require(server, caller, organization, user)
    if found.kind is UserKind.GROUP:
        raise InvalidInputError("a group cannot be a member of a group", fix="name a user")
    return found


def _require(server: Server, caller: Caller, organization: str, user: str) -> User:
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return require_user(transaction, organization, user)
