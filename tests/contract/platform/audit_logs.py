"""Audit logs in a store, for tests: opened as a server opens them, and checked as an auditor checks them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, insert, select

from leastway.audit import Actor, Entry, canonical, read_entry
from leastway.broker.logs import LogFiles, LogKeeper, Records, Sequencer
from leastway.store import PlatformStore, open_platform_store
from leastway.store.platform_schema import audit_entries, audit_logs, audit_tiles
from leastway.tlog import LogCheck, Signer, VerifierKey, check_log

NAME = "leastway.example.com"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TABLES = (audit_entries, audit_logs, audit_tiles)


def signer_of(origin: str) -> Signer:
    """Return the signer of the logs here."""
    return Signer(origin, bytes(range(32)))


def entry(number: object, organization: str = "acme") -> Entry:
    """Return an entry that names its number."""
    return Entry(organization, NOW, Actor(), "test.entered", str(number))


@dataclass
class Opened:
    """A server's logs: the store, and what keeps the logs going."""

    store: PlatformStore
    keeper: LogKeeper

    def append(self, *entries: Entry) -> None:
        """Append entries as a ledger does, and wait until they have positions."""
        with self.store.writing() as transaction:
            transaction.audit.append(*entries)
        with self.store.writing() as transaction:
            sequenced = self.keeper.append(transaction, [])
        self.keeper.accept(sequenced)

    def check(self, organization: str = "acme", number: int | None = None) -> Checked:
        """Check a log, by default the one that grows."""
        with self.store.reading() as transaction:
            head = transaction.audit.heads([organization])[organization]
            if number is not None:
                older = transaction.audit.log(organization, number)
                assert older is not None
                head = older
            files = LogFiles(transaction.audit, organization, head.number, head.size, head.checkpoint)
            found: list[bytes] = []
            result = check_log(files.read, VerifierKey.read(head.key), on_entry=lambda _, data: found.append(data))
            return Checked(head.origin, result, [read_entry(data) for data in found])


@dataclass
class Checked:
    """What a check of a log found."""

    origin: str
    check: LogCheck
    entries: list[Entry] = field(default_factory=list)

    @property
    def targets(self) -> list[str]:
        """The targets of the entries, in the order of the log; the log must be intact."""
        assert self.check.is_intact, self.check.faults
        assert [canonical(one) for one in self.entries]
        return [one.target for one in self.entries]


@contextmanager
def opened(store: str, folder: Path, key: bytes | None = None) -> Iterator[Opened]:
    """Open the logs of a store as a server does, without its threads on SQLite: positions come when asked for."""
    records = Records(folder)
    sequencer = Sequencer(NAME, signer_of if key is None else lambda origin: Signer(origin, key), records)
    with open_platform_store(store) as platform, LogKeeper(platform, sequencer, records, pause=0.01) as keeper:
        yield Opened(platform, keeper)


Rows = dict[str, list[dict[str, object]]]


def copy_of(store: str) -> Rows:
    """Return the rows of the log's tables, as a backup has them."""
    with open_platform_store(store) as platform, platform._engine.connect() as connection:
        return {table.name: [dict(row._mapping) for row in connection.execute(select(table))] for table in TABLES}


def restore(store: str, rows: Rows) -> None:
    """Put a backup in the place of what the tables have."""
    with open_platform_store(store) as platform, platform._engine.begin() as connection:
        for table in TABLES:
            connection.execute(delete(table))
            if rows[table.name]:
                connection.execute(insert(table), rows[table.name])
