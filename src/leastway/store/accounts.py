"""Cloud accounts in the database, without their credentials, which are in `secrets`."""

from __future__ import annotations

from sqlalchemy import Connection, Row, delete, insert, select, update

from leastway.registry import ResourceAccount
from leastway.store.platform_schema import accounts
from leastway.store.switches import Switches

__all__ = ["ResourceAccounts"]


class ResourceAccounts:
    """Cloud accounts of organizations, within one transaction. Whoever calls writes the audit entry.

    A change is seen by the next hand-out of each process.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, account: ResourceAccount) -> None:
        """Store a new account. An id that the organization has already is a ConflictError of the transaction."""
        values = {
            "organization": account.organization,
            "id": account.id,
            "name": account.name,
            "type": account.type,
            "version": account.version,
            "created_at": account.created_at,
            "created_by": account.created_by,
        }
        self._connection.execute(insert(accounts), values)

    def all(self, organization: str, *, after: str = "", most: int | None = None) -> tuple[ResourceAccount, ...]:
        """Return the accounts of an organization, by id: those behind `after`, at most `most`."""
        mine = (accounts.c.organization == organization, accounts.c.id > after)
        query = select(accounts).where(*mine).order_by(accounts.c.id).limit(most)
        return tuple(map(_account, self._connection.execute(query)))

    def find(self, organization: str, account: str, *, lock: bool = False) -> ResourceAccount | None:
        """Return an account of the organization; with `lock`, no other transaction changes it until this one ends."""
        query = select(accounts).where(accounts.c.organization == organization, accounts.c.id == account)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _account(row)

    def update(self, account: ResourceAccount) -> bool:
        """Store the name and the credential's version of an account; return whether it exists."""
        Switches(self._connection).raise_generation()
        mine = (accounts.c.organization == account.organization, accounts.c.id == account.id)
        values = {"name": account.name, "version": account.version}
        return bool(self._connection.execute(update(accounts).where(*mine).values(values)).rowcount)

    def renew_sessions(self, organization: str, account: str) -> None:
        """Let every process make new sessions of the account from now on, and hand out none of those that it has."""
        Switches(self._connection).raise_generation()
        mine = (accounts.c.organization == organization, accounts.c.id == account)
        raised = {"session_series": accounts.c.session_series + 1}
        self._connection.execute(update(accounts).where(*mine).values(raised))

    def delete(self, organization: str, account: str) -> bool:
        """Delete an account; return whether it existed."""
        Switches(self._connection).raise_generation()
        mine = (accounts.c.organization == organization, accounts.c.id == account)
        return bool(self._connection.execute(delete(accounts).where(*mine)).rowcount)


def _account(row: Row[tuple[object, ...]]) -> ResourceAccount:
    return ResourceAccount(
        row.organization,
        row.id,
        row.name,
        row.type,
        row.version,
        row.created_at,
        row.created_by,
        row.session_series,
    )
