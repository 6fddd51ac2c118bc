"""Roles of users and groups on one application or environment type, in the database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from leastway.store.application_schema import object_roles
from leastway.tenants import ObjectKind, ObjectRole

__all__ = ["ObjectRoles"]


class ObjectRoles:
    """Roles on objects of organizations, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_object(self, organization: str, kind: ObjectKind, identifier: str) -> dict[str, ObjectRole]:
        """Return the roles on an object by user or group."""
        rows = self._connection.execute(select(object_roles).where(*_object(organization, kind, identifier)))
        return {row.user: ObjectRole(row.role) for row in rows}

    def put(self, organization: str, kind: ObjectKind, identifier: str, user: str, role: ObjectRole) -> None:
        """Store the role of a user or group on an object, in place of the one before."""
        self.remove(organization, kind, identifier, user)
        values = {
            "organization": organization,
            "kind": kind.value,
            "object": identifier,
            "user": user,
            "role": role.value,
        }
        self._connection.execute(insert(object_roles), values)

    def remove(self, organization: str, kind: ObjectKind, identifier: str, user: str) -> bool:
        """Remove the role of a user or group on an object; return whether there was one."""
        mine = (*_object(organization, kind, identifier), object_roles.c.user == user)
        return bool(self._connection.execute(delete(object_roles).where(*mine)).rowcount)

    def remove_object(self, organization: str, kind: ObjectKind, identifier: str) -> None:
        """Remove all roles on an object, which is deleted."""
        self._connection.execute(delete(object_roles).where(*_object(organization, kind, identifier)))

    def remove_user(self, organization: str, user: str) -> None:
        """Remove all roles of a user or group, which is removed."""
        mine = (object_roles.c.organization == organization, object_roles.c.user == user)
        self._connection.execute(delete(object_roles).where(*mine))


def _object(organization: str, kind: ObjectKind, identifier: str) -> tuple[ColumnElement[bool], ...]:
    table = object_roles
    return (table.c.organization == organization, table.c.kind == kind.value, table.c.object == identifier)
