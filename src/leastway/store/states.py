"""Terraform states: their versions, who holds their lock, and which attempt of a run may use them.

The content of a version is sealed and stored by `secrets`. A lock belongs to an access, which is one attempt of a run
with a token and a lease; the lock of an access that has ended or expired is free. Whoever calls writes the audit entry,
and asks for a state with `lock=True` before it changes anything of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from leastway.ports import DamagedError
from leastway.store.run_schema import runs
from leastway.store.state_schema import state_accesses, state_locks, state_versions, states

__all__ = ["StateAccess", "StateLock", "StateVersion", "StateWriter", "States", "StoredState"]


@dataclass(frozen=True, slots=True)
class StateWriter:
    """Who wrote a version: a run, or a user who restored the version `restored_from`."""

    run: str | None = None
    user: str | None = None
    restored_from: int | None = None


@dataclass(frozen=True, slots=True)
class StateVersion:
    """What is known about one version without opening it; `size` is in bytes."""

    version: int
    lineage: str
    serial: int
    size: int
    written_at: datetime
    writer: StateWriter


@dataclass(frozen=True, slots=True)
class StateAccess:
    """What one attempt of a run may do with a state until `expires_at`; `digest` is the SHA-256 of its token."""

    digest: bytes
    organization: str
    state: str
    run: str
    attempt: int
    may_write: bool
    expires_at: datetime
    ended_at: datetime | None = None

    def is_alive(self, now: datetime) -> bool:
        """Return whether the access has neither ended nor expired."""
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class StateLock:
    """A lock: its id, the access and the run that hold it, and the JSON text that Terraform sent."""

    lock: str
    access: bytes
    run: str
    info: str
    locked_at: datetime


@dataclass(frozen=True, slots=True)
class StoredState:
    """A state by its organization and id; `current` is None before the first write."""

    organization: str
    id: str
    title: str
    created_at: datetime
    current: StateVersion | None


class States:
    """Terraform states within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, organization: str, state: str, title: str, now: datetime) -> None:
        """Store a state without a version. One that exists is a ConflictError of the transaction."""
        values = {"organization": organization, "id": state, "title": title, "version": 0, "created_at": now}
        self._connection.execute(insert(states), values)

    def find(self, organization: str, state: str, *, lock: bool = False) -> StoredState | None:
        """Return a state; `lock` keeps other transactions from changing it until this one ends.

        Errors: DamagedError if its current version is missing, which must not look like a state without one.
        """
        query = select(states).where(states.c.organization == organization, states.c.id == state)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        if row is None:
            return None
        current = self.version(organization, state, row.version) if row.version else None
        if row.version and current is None:
            raise DamagedError(
                f"version {row.version}, the current one, is missing",
                where=f"state {organization}/{state}",
                fix="restore the database from a backup; find out who can write to it",
            )
        return StoredState(row.organization, row.id, row.title, row.created_at, current)

    def of_organization(self, organization: str) -> tuple[StoredState, ...]:
        """Return all states of an organization, by title."""
        joined = states.outerjoin(
            state_versions,
            (state_versions.c.organization == states.c.organization)
            & (state_versions.c.state == states.c.id)
            & (state_versions.c.version == states.c.version),
        )
        query = (
            select(states.c.id, states.c.title, states.c.created_at, states.c.version.label("current"), state_versions)
            .select_from(joined)
            .where(states.c.organization == organization)
            .order_by(states.c.title, states.c.id)
        )
        return tuple(
            StoredState(organization, row.id, row.title, row.created_at, _version(row) if row.current else None)
            for row in self._connection.execute(query)
        )

    def of_place(self, organization: str, application: str, environment: str | None = None) -> tuple[str, ...]:
        """Return the ids of the states of an environment, or of all environments of an application, by its runs."""
        place = [runs.c.organization == organization, runs.c.application == application]
        if environment is not None:
            place.append(runs.c.environment == environment)
        of_runs = select(runs.c.guresid).where(*place)
        query = select(states.c.id).where(states.c.organization == organization, states.c.id.in_(of_runs))
        return tuple(self._connection.scalars(query.order_by(states.c.id)))

    def delete(self, organization: str, state: str) -> None:
        """Delete a state, its lock, its accesses and what is known about its versions; not their sealed content."""
        self.set_lock(organization, state, None)
        for table in (state_versions, state_accesses):
            mine = (table.c.organization == organization, table.c.state == state)
            self._connection.execute(delete(table).where(*mine))
        self._connection.execute(delete(states).where(states.c.organization == organization, states.c.id == state))

    def add_version(self, organization: str, state: str, version: StateVersion) -> None:
        """Store a version and make it the current one. A number that exists is a ConflictError of the transaction."""
        fields = {name: value for name, value in asdict(version).items() if name != "writer"}
        values = {"organization": organization, "state": state, **fields, **asdict(version.writer)}
        self._connection.execute(insert(state_versions), values)
        mine = (states.c.organization == organization, states.c.id == state)
        self._connection.execute(update(states).where(*mine).values(version=version.version))

    def version(self, organization: str, state: str, version: int) -> StateVersion | None:
        """Return one version."""
        row = self._connection.execute(
            _versions(organization, state).where(state_versions.c.version == version)
        ).first()
        return None if row is None else _version(row)

    def versions(self, organization: str, state: str) -> tuple[StateVersion, ...]:
        """Return the versions that are kept, the newest first."""
        rows = self._connection.execute(_versions(organization, state).order_by(state_versions.c.version.desc()))
        return tuple(map(_version, rows))

    def delete_versions_before(self, organization: str, state: str, version: int) -> None:
        """Delete what is known about versions older than this one."""
        mine = (state_versions.c.organization == organization, state_versions.c.state == state)
        self._connection.execute(delete(state_versions).where(*mine, state_versions.c.version < version))

    def lock_of(self, organization: str, state: str) -> StateLock | None:
        """Return the lock of a state, whether its holder is alive or not."""
        query = select(state_locks).where(*_lock_of(organization, state))
        row = self._connection.execute(query).first()
        return None if row is None else StateLock(row.lock, bytes(row.access), row.run, row.info, row.locked_at)

    def set_lock(self, organization: str, state: str, lock: StateLock | None) -> None:
        """Store the lock of a state in place of the one before, or none."""
        self._connection.execute(delete(state_locks).where(*_lock_of(organization, state)))
        if lock is not None:
            values = {"organization": organization, "state": state, **asdict(lock)}
            self._connection.execute(insert(state_locks), values)

    def add_access(self, access: StateAccess) -> None:
        """Store an access."""
        self._connection.execute(insert(state_accesses), asdict(access))

    def access(self, digest: bytes) -> StateAccess | None:
        """Return the access of a token by its digest."""
        row = self._connection.execute(select(state_accesses).where(state_accesses.c.digest == digest)).first()
        return None if row is None else _access(row)

    def accesses_of(self, run: str) -> tuple[StateAccess, ...]:
        """Return the accesses of a run that have not ended, by attempt."""
        query = select(state_accesses).where(state_accesses.c.run == run, state_accesses.c.ended_at.is_(None))
        return tuple(map(_access, self._connection.execute(query.order_by(state_accesses.c.attempt))))

    def forget_accesses(self, organization: str, state: str, before: datetime) -> None:
        """Delete the accesses to a state that ended or expired before a time."""
        mine = (state_accesses.c.organization == organization, state_accesses.c.state == state)
        over = func.coalesce(state_accesses.c.ended_at, state_accesses.c.expires_at) < before
        self._connection.execute(delete(state_accesses).where(*mine, over))

    def change_access(self, digest: bytes, **values: object) -> None:
        """Store other values of an access: `may_write`, `expires_at`, `ended_at`."""
        self._connection.execute(update(state_accesses).where(state_accesses.c.digest == digest).values(**values))


def _versions(organization: str, state: str) -> Select[Any]:
    return select(state_versions).where(state_versions.c.organization == organization, state_versions.c.state == state)


def _lock_of(organization: str, state: str) -> tuple[Any, ...]:
    return (state_locks.c.organization == organization, state_locks.c.state == state)


def _version(row: Row[Any]) -> StateVersion:
    writer = StateWriter(row.run, row.user, row.restored_from)
    return StateVersion(row.version, row.lineage, row.serial, row.size, row.written_at, writer)


def _access(row: Row[Any]) -> StateAccess:
    return StateAccess(**{**row._mapping, "digest": bytes(row.digest)})
