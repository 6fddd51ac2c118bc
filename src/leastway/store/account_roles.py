"""The roles that accounts may assume in addition to their own, in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from leastway.sessions import AllowedRole
from leastway.store.platform_schema import account_roles
from leastway.store.switches import Switches

__all__ = ["StoredRoles"]


class StoredRoles:
    """The roles of accounts, within one transaction. A change is seen by the next hand-out of each process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, organization: str, account: str) -> tuple[AllowedRole, ...]:
        """Return the roles that an account may assume, by ARN; those of no definition first."""
        mine = (account_roles.c.organization == organization, account_roles.c.account == account)
        query = select(account_roles).where(*mine).order_by(account_roles.c.role, account_roles.c.definition)
        return tuple(
            AllowedRole(row.role, row.external_id, row.session_name, row.duration, row.definition or None)
            for row in self._connection.execute(query)
        )

    def add(self, organization: str, account: str, role: AllowedRole, *, at: datetime, by: str) -> None:
        """Add a role, or replace it."""
        self.remove(organization, account, role.arn, role.definition)
        values = {
            "organization": organization,
            "account": account,
            "role": role.arn,
            "definition": role.definition or "",
            "external_id": role.external_id,
            "session_name": role.session_name,
            "duration": role.duration,
            "added_at": at,
            "added_by": by,
        }
        self._connection.execute(insert(account_roles), values)

    def remove(self, organization: str, account: str, role: str, definition: str | None = None) -> bool:
        """Remove a role; return whether it was there."""
        Switches(self._connection).raise_generation()
        mine = (
            account_roles.c.organization == organization,
            account_roles.c.account == account,
            account_roles.c.role == role,
            account_roles.c.definition == (definition or ""),
        )
        return bool(self._connection.execute(delete(account_roles).where(*mine)).rowcount)

    def remove_all(self, organization: str, account: str) -> None:
        """Remove every role of an account, which is deleted."""
        Switches(self._connection).raise_generation()
        mine = (account_roles.c.organization == organization, account_roles.c.account == account)
        self._connection.execute(delete(account_roles).where(*mine))
