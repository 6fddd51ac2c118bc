"""Contracts of grants in the database: the canonical bytes of each account's contract, in versions.

The version with the highest number is in force. Going back to an earlier content makes a new version with the same
digest, so that the numbers tell the order.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select

from leastway.store.platform_schema import contracts

__all__ = ["Contracts", "StoredContract"]

_KEPT = 100
"""The versions of one contract that are kept, the newest ones."""


@dataclass(frozen=True, slots=True)
class StoredContract:
    """One version of the contract of an AWS account; `digest` is the SHA-256 of its content, in hexadecimal."""

    organization: str
    grant: str
    account: str
    version: int
    digest: str
    created_at: datetime
    created_by: str


_HEAD = [column for column in contracts.columns if column is not contracts.c.content]


class Contracts:
    """The contracts of organizations, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, contract: StoredContract, content: bytes) -> None:
        """Store a version. One that exists already is a ConflictError of the transaction."""
        self._connection.execute(insert(contracts), {**asdict(contract), "content": content})
        old = contract.version - _KEPT
        mine = _of(contract.organization, contract.grant, contract.account)
        self._connection.execute(delete(contracts).where(*mine, contracts.c.version <= old))

    def current(self, organization: str, grant: str, account: str) -> StoredContract | None:
        """Return the version in force."""
        query = select(*_HEAD).where(*_of(organization, grant, account)).order_by(contracts.c.version.desc()).limit(1)
        return self._first(query)

    def version(self, organization: str, grant: str, account: str, digest: str) -> StoredContract | None:
        """Return the newest version with this digest."""
        mine = (*_of(organization, grant, account), contracts.c.digest == digest)
        return self._first(select(*_HEAD).where(*mine).order_by(contracts.c.version.desc()).limit(1))

    def content(self, contract: StoredContract) -> bytes:
        """Return the canonical bytes of a version that this transaction has read."""
        mine = _of(contract.organization, contract.grant, contract.account)
        query = select(contracts.c.content).where(*mine, contracts.c.version == contract.version)
        return bytes(self._connection.execute(query).scalar_one())

    def all_current(self, organization: str, account: str | None = None) -> tuple[StoredContract, ...]:
        """Return the version in force of each contract, or of those for one AWS account, by grant and account."""
        wanted = [contracts.c.organization == organization]
        if account is not None:
            wanted.append(contracts.c.account == account)
        newest = (
            select(contracts.c.grant, contracts.c.account, func.max(contracts.c.version).label("version"))
            .where(*wanted)
            .group_by(contracts.c.grant, contracts.c.account)
            .subquery()
        )
        query = (
            select(*_HEAD)
            .join(
                newest,
                (contracts.c.grant == newest.c.grant)
                & (contracts.c.account == newest.c.account)
                & (contracts.c.version == newest.c.version),
            )
            .where(*wanted)
            .order_by(contracts.c.grant, contracts.c.account)
        )
        return tuple(map(_contract, self._connection.execute(query)))

    def versions(self, organization: str, grant: str, account: str) -> tuple[StoredContract, ...]:
        """Return the versions of one contract, the newest first."""
        query = select(*_HEAD).where(*_of(organization, grant, account)).order_by(contracts.c.version.desc())
        return tuple(map(_contract, self._connection.execute(query)))

    def _first(self, query: Select[Any]) -> StoredContract | None:
        row = self._connection.execute(query).first()
        return None if row is None else _contract(row)


def _of(organization: str, grant: str, account: str) -> tuple[ColumnElement[bool], ...]:
    return (contracts.c.organization == organization, contracts.c.grant == grant, contracts.c.account == account)


def _contract(row: Row[Any]) -> StoredContract:
    return StoredContract(**row._mapping)
