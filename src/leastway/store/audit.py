"""The audit logs in the database: entries are appended as pending, and get their position later."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from leastway.audit import Entry, canonical
from leastway.store.platform_schema import audit_entries

__all__ = ["AuditLog"]


class AuditLog:
    """The logs of all organizations, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, *entries: Entry) -> None:
        """Append entries, which become durable with the transaction."""
        rows = [{"organization": one.organization, "at": one.at, "entry": canonical(one)} for one in entries]
        if rows:
            self._connection.execute(insert(audit_entries), rows)
