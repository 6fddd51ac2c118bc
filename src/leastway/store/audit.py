"""The audit logs in the database: entries that are pending or have a position, the logs' edges, and their tiles.

Rows only: what a tree is, and who signs it, is known to the sequencer. An entry becomes durable as pending with the
transaction of its fact, and gets its position later. Pending is a mark (no position), never an order of ids, because
PostgreSQL gives ids in another order than that of commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from leastway.audit import Entry, canonical
from leastway.primitives import advisory_key
from leastway.store.driver import execute_in_sqlite
from leastway.store.platform_schema import audit_entries, audit_logs, audit_tiles

__all__ = ["AuditLog", "LogHead", "NewEntry", "PendingEntry"]

_ENTRIES = audit_entries.c
_LOGS = audit_logs.c
_TILES = audit_tiles.c

_PENDING = (
    select(_ENTRIES.id, _ENTRIES.organization, _ENTRIES.entry)
    .where(_ENTRIES.position.is_(None))
    .order_by(_ENTRIES.id)
    .limit(bindparam("most"))
)
_CHANGE = text("audit_entries.is_change")
"""As the index of changes says it: of `is_change = 1`, which SQLAlchemy writes, SQLite does not see that it is that."""
_INSERT = insert(audit_entries)
_SQLITE_INSERT = "INSERT INTO audit_entries (organization, at, entry, is_change, log, position) VALUES "
_SQLITE_ROW = "(?, ?, ?, ?, ?, ?)"
"""The ledger's own statement for all of its rows: each step of the driver waits for the interpreter's lock again."""
_MOST_ROWS = 512
"""Rows of one statement: far within SQLite's 32,766 parameters."""
_SQLITE_ADVANCE = (
    "UPDATE audit_logs SET size = ?, edge = ?, checkpoint = ?, changed_at = ? WHERE organization = ? AND number = ?"
)
_PLACE_EACH = (
    update(audit_entries)
    .where(_ENTRIES.id == bindparam("row"))
    .values(log=bindparam("new_log"), position=bindparam("new_position"))
)
_PLACE_TOGETHER = text(
    "UPDATE audit_entries SET log = placed.log, position = placed.position "
    "FROM unnest(CAST(:ids AS bigint[]), CAST(:logs AS int[]), CAST(:positions AS bigint[])) "
    "AS placed(id, log, position) WHERE audit_entries.id = placed.id AND audit_entries.position IS NULL"
)
_ADVANCE = (
    update(audit_logs)
    .where(_LOGS.organization == bindparam("of"), _LOGS.number == bindparam("the"))
    .values(
        size=bindparam("new_size"),
        edge=bindparam("new_edge"),
        checkpoint=bindparam("new_checkpoint"),
        changed_at=bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as its row: the canonical bytes, and what the database itself must know of it."""

    organization: str
    at: datetime
    data: bytes
    is_change: bool

    @classmethod
    def of(cls, entry: Entry) -> NewEntry:
        """Return the row of an entry."""
        return cls(entry.organization, entry.at, canonical(entry), entry.is_change)


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """An entry without a position."""

    id: int
    organization: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LogHead:
    """How far a log is: its signed checkpoint, and the hashes at the right edge of its tree, joined.

    `number` counts the logs of the organization; `key` is the verifier key of its checkpoints.
    """

    organization: str
    number: int
    origin: str
    key: str
    size: int
    edge: bytes
    checkpoint: str
    began_at: datetime


class AuditLog:
    """The logs of all organizations, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.is_shared = connection.dialect.name == "postgresql"
        """Whether other processes may write at the same time."""

    def append(self, *entries: Entry) -> None:
        """Append entries, which become durable with the transaction."""
        self.append_rows(map(NewEntry.of, entries))

    def append_rows(self, entries: Iterable[NewEntry]) -> None:
        """Append entries as their rows."""
        rows = [_row(one) for one in entries]
        if rows:
            self._connection.execute(_INSERT, rows)

    def take_turn(self) -> bool:
        """Whether this transaction may give positions: on PostgreSQL, one at a time.

        The lock belongs to the transaction, so that a process that loses its connection loses its work with it.
        """
        if not self.is_shared:
            return True
        return bool(self._connection.scalar(select(func.pg_try_advisory_xact_lock(advisory_key("audit logs")))))

    def pending(self, most: int) -> tuple[PendingEntry, ...]:
        """Return entries without a position, in the order in which they will get one."""
        rows = self._connection.execute(_PENDING, {"most": most})
        return tuple(PendingEntry(row.id, row.organization, row.entry) for row in rows)

    def place(self, placed: Sequence[tuple[int, int, int]]) -> None:
        """Give pending entries, by id, a log and a position there. Errors: RuntimeError if one has a position."""
        if not placed:
            return
        if self.is_shared:
            ids, logs, positions = map(list, zip(*placed, strict=True))
            done = self._connection.execute(_PLACE_TOGETHER, {"ids": ids, "logs": logs, "positions": positions})
            if done.rowcount != len(placed):
                raise RuntimeError("another process gave an entry its position")
            return
        rows = [{"row": id_, "new_log": log, "new_position": position} for id_, log, position in placed]
        self._connection.execute(_PLACE_EACH, rows)

    def append_placed(self, log: int, start: int, entries: Sequence[NewEntry]) -> None:
        """Append entries that have their positions already, from `start` on. The caller has the turn."""
        if not entries:
            return
        if self.is_shared:
            rows = [_row(one) | {"log": log, "position": at} for at, one in enumerate(entries, start)]
            self._connection.execute(_INSERT, rows)
            return
        for first in range(0, len(entries), _MOST_ROWS):
            some = entries[first : first + _MOST_ROWS]
            values: list[object] = []
            for at, one in enumerate(some, start + first):
                values += (one.organization, _sqlite_time(one.at), one.data, one.is_change, log, at)
            execute_in_sqlite(self._connection, _SQLITE_INSERT + ", ".join([_SQLITE_ROW] * len(some)), values)

    def heads(
        self, organizations: Iterable[str] | None = None, *, since: datetime | None = None
    ) -> Mapping[str, LogHead]:
        """Return the growing log of each of these organizations, or of all; `since`: only what changed after it."""
        query = select(audit_logs).order_by(_LOGS.number)
        if organizations is not None:
            query = query.where(_LOGS.organization.in_(list(organizations)))
        if since is not None:
            query = query.where(_LOGS.changed_at >= since)
        return {row.organization: _head(row) for row in self._connection.execute(query)}

    def log(self, organization: str, number: int) -> LogHead | None:
        """Return one log of an organization, which may be an earlier one."""
        query = select(audit_logs).where(_LOGS.organization == organization, _LOGS.number == number)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _head(row)

    def begin(self, head: LogHead) -> None:
        """Store a new log."""
        values = {name: getattr(head, name) for name in LogHead.__slots__} | {"changed_at": head.began_at}
        self._connection.execute(insert(audit_logs), values)

    def advance(self, head: LogHead, now: datetime) -> None:
        """Store how far a log is."""
        if not self.is_shared:
            new = (head.size, head.edge, head.checkpoint, _sqlite_time(now), head.organization, head.number)
            execute_in_sqlite(self._connection, _SQLITE_ADVANCE, new)
            return
        values = {"of": head.organization, "the": head.number, "new_size": head.size, "new_edge": head.edge}
        self._connection.execute(_ADVANCE, values | {"new_checkpoint": head.checkpoint, "now": now})

    def put_tile(self, organization: str, log: int, level: int, index: int, hashes: bytes) -> None:
        """Store a tile, or what a growing one has now."""
        key = {"organization": organization, "log": log, "level": level, "index": index}
        where = [audit_tiles.c[name] == value for name, value in key.items()]
        if level and self._connection.execute(update(audit_tiles).where(*where).values(hashes=hashes)).rowcount:
            return
        self._connection.execute(insert(audit_tiles), key | {"hashes": hashes})

    def tile(self, organization: str, log: int, level: int, index: int) -> bytes | None:
        """Return the hashes of a stored tile, which a growing one may have more of than its reader expects."""
        key = {"organization": organization, "log": log, "level": level, "index": index}
        where = [audit_tiles.c[name] == value for name, value in key.items()]
        found = self._connection.scalar(select(_TILES.hashes).where(*where))
        return None if found is None else bytes(found)

    def entries(self, organization: str, log: int, start: int, stop: int) -> tuple[bytes, ...]:
        """Return the entries of a log at the positions from `start` to before `stop`."""
        query = (
            select(_ENTRIES.entry)
            .where(_ENTRIES.organization == organization, _ENTRIES.log == log)
            .where(_ENTRIES.position >= start, _ENTRIES.position < stop)
            .order_by(_ENTRIES.position)
        )
        return tuple(bytes(data) for data in self._connection.scalars(query))

    def changes(
        self,
        organization: str,
        *,
        since: datetime | None = None,
        before: tuple[datetime, int] | None = None,
        most: int,
    ) -> tuple[tuple[int, datetime, bytes], ...]:
        """Return entries of successful requests that changed something: id, time and bytes, newest first.

        `before` leaves out this time and id and what is newer; entries of one time are in the order of their ids.
        """
        query = select(_ENTRIES.id, _ENTRIES.at, _ENTRIES.entry).where(_ENTRIES.organization == organization, _CHANGE)
        if since is not None:
            query = query.where(_ENTRIES.at >= since)
        if before is not None:
            at, id_ = before
            query = query.where((_ENTRIES.at < at) | ((_ENTRIES.at == at) & (_ENTRIES.id < id_)))
        rows = self._connection.execute(query.order_by(_ENTRIES.at.desc(), _ENTRIES.id.desc()).limit(most))
        return tuple((row.id, row.at, bytes(row.entry)) for row in rows)


def _row(entry: NewEntry) -> dict[str, object]:
    return {
        "organization": entry.organization,
        "at": entry.at,
        "entry": entry.data,
        "is_change": entry.is_change,
    }


def _sqlite_time(time: datetime) -> str:
    """Return a time as SQLAlchemy stores it in SQLite."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _head(row: object) -> LogHead:
    values = {name: getattr(row, name) for name in LogHead.__slots__}
    return LogHead(**values | {"edge": bytes(values["edge"])})
