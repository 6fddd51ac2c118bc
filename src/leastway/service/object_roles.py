"""Roles of users and groups on one application or environment type, each change with its audit entry.

They are stored and answered, and give no permission yet: what a user may do follows from the role in the organization.
"""

from __future__ import annotations

from dataclasses import dataclass

from leastway.service.applications import require_application
from leastway.service.caller import Caller, NotFoundError
from leastway.service.environment_types import require_environment_type
from leastway.service.people import require_user
from leastway.service.server import Server
from leastway.store import Transaction
from leastway.tenants import ObjectKind, ObjectRole, Permission, User

__all__ = ["RoleHolder", "change_role_on", "give_role", "read_holder", "read_holders", "take_role"]


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """A user or group, and its role on an object."""

    user: User
    role: ObjectRole


def read_holders(
    server: Server, caller: Caller, organization: str, kind: ObjectKind, identifier: str
) -> tuple[RoleHolder, ...]:
    """Return who has a role on an object, by id. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        _require_object(transaction, organization, kind, identifier)
        roles = transaction.object_roles.of_object(organization, kind, identifier)
        users = transaction.tenants.users(organization)
        return tuple(
            RoleHolder(user, roles[user.id]) for user in users if user.id in roles and user.disabled_at is None
        )


def read_holder(
    server: Server, caller: Caller, organization: str, kind: ObjectKind, identifier: str, user: str
) -> RoleHolder:
    """Return the role of one user or group on an object. Errors: NotFoundError."""
    for holder in read_holders(server, caller, organization, kind, identifier):
        if holder.user.id == user:
            return holder
    raise _no_role(user)


def give_role(
    server: Server, caller: Caller, organization: str, kind: ObjectKind, identifier: str, user: str, role: ObjectRole
) -> RoleHolder:
    """Give a user or group a role on an object, in place of the one before. Errors: NotFoundError."""
    caller.need(Permission.OWN, organization)
    with server.store.writing() as transaction:
        _require_object(transaction, organization, kind, identifier, lock=True)
        try:
            found = require_user(transaction, organization, user)
        except NotFoundError:  # its text would repeat the body
            raise NotFoundError("id: this user does not exist", fix="list the users of the organization") from None
        return _put(transaction, caller, found, kind, identifier, role)


def change_role_on(
    server: Server, caller: Caller, organization: str, kind: ObjectKind, identifier: str, user: str, role: ObjectRole
) -> RoleHolder:
    """Change the role of a user or group on an object. Errors: NotFoundError, also if it has none."""
    caller.need(Permission.OWN, organization)
    with server.store.writing() as transaction:
        _require_object(transaction, organization, kind, identifier, lock=True)
        if user not in transaction.object_roles.of_object(organization, kind, identifier):
            raise _no_role(user)
        return _put(transaction, caller, require_user(transaction, organization, user), kind, identifier, role)


def take_role(server: Server, caller: Caller, organization: str, kind: ObjectKind, identifier: str, user: str) -> None:
    """Take the role on an object from a user or group. Errors: NotFoundError."""
    caller.need(Permission.OWN, organization)
    with server.store.writing() as transaction:
        _require_object(transaction, organization, kind, identifier, lock=True)
        if not transaction.object_roles.remove(organization, kind, identifier, user):
            raise _no_role(user)
        entry = caller.entry(
            transaction.now, "object-role.removed", user, status=204, object=identifier, object_kind=kind.value
        )
        transaction.audit.append(entry)


def _put(
    transaction: Transaction, caller: Caller, user: User, kind: ObjectKind, identifier: str, role: ObjectRole
) -> RoleHolder:
    transaction.object_roles.put(user.organization, kind, identifier, user.id, role)
    entry = caller.entry(
        transaction.now,
        "object-role.changed",
        user.id,
        status=200,
        object=identifier,
        object_kind=kind.value,
        role=role.value,
    )
    transaction.audit.append(entry)
    return RoleHolder(user, role)


def _require_object(
    transaction: Transaction, organization: str, kind: ObjectKind, identifier: str, *, lock: bool = False
) -> None:
    if kind is ObjectKind.APPLICATION:
        require_application(transaction, organization, identifier, lock=lock)
    else:
        require_environment_type(transaction, organization, identifier, lock=lock)


def _no_role(user: str) -> NotFoundError:
    return NotFoundError(f"user {user!r} has no role on this object", fix="list the users of the object")
