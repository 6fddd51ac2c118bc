"""Deployment sets and deltas of applications in the database."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, insert, select, update

from leastway.registry import DeploymentSet, StoredDelta, stored_delta
from leastway.store.application_schema import deployment_deltas, deployment_sets

__all__ = ["DeploymentDeltas", "DeploymentSets"]


class DeploymentSets:
    """The sets of applications, within one transaction: the same content is the same set."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def keep(self, organization: str, application: str, one: DeploymentSet) -> bool:
        """Store a set, and return whether it is new to the application, which the transaction has locked."""
        mine = (*_of(deployment_sets, organization, application), deployment_sets.c.id == one.id)
        if self._connection.execute(select(deployment_sets.c.id).where(*mine)).first() is not None:
            return False
        values = {
            "organization": organization,
            "application": application,
            "id": one.id,
            "content": one.content,
            "created_at": self._now,
        }
        self._connection.execute(insert(deployment_sets), values)
        return True

    def all(self, organization: str, application: str) -> tuple[DeploymentSet, ...]:
        """Return the sets of an application, the newest first."""
        table = deployment_sets
        query = select(table.c.content).where(*_of(table, organization, application))
        rows = self._connection.scalars(query.order_by(table.c.created_at.desc(), table.c.id))
        return tuple(map(_set, rows))

    def find(self, organization: str, application: str, identifier: str) -> DeploymentSet | None:
        """Return a set by its id."""
        table = deployment_sets
        query = select(table.c.content).where(*_of(table, organization, application), table.c.id == identifier)
        content = self._connection.scalar(query)
        return None if content is None else _set(content)

    def delete_all(self, organization: str, application: str) -> None:
        """Delete the sets of an application, which is deleted."""
        self._connection.execute(delete(deployment_sets).where(*_of(deployment_sets, organization, application)))


class DeploymentDeltas:
    """The deltas of applications, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, delta: StoredDelta) -> None:
        """Store a new delta."""
        place = {"organization": delta.organization, "application": delta.application, "id": delta.id}
        created = {"created_at": delta.created_at, "created_by": delta.created_by}
        self._connection.execute(insert(deployment_deltas), {**place, **created, **_changing(delta)})

    def update(self, delta: StoredDelta) -> None:
        """Store what can change of a delta."""
        mine = (*_of(deployment_deltas, delta.organization, delta.application), deployment_deltas.c.id == delta.id)
        self._connection.execute(update(deployment_deltas).where(*mine).values(**_changing(delta)))

    def all(
        self, organization: str, application: str, *, archived: bool, environment: str | None = None
    ) -> tuple[StoredDelta, ...]:
        """Return the deltas of an application that are archived or not, and of one environment, the newest first."""
        table = deployment_deltas
        query = select(table).where(*_of(table, organization, application), table.c.is_archived == archived)
        if environment is not None:
            query = query.where(table.c.environment == environment)
        return tuple(map(_delta, self._connection.execute(query.order_by(table.c.created_at.desc(), table.c.id))))

    def find(self, organization: str, application: str, identifier: str, *, lock: bool = False) -> StoredDelta | None:
        """Return a delta by its id; with `lock`, no other transaction changes it until this one ends."""
        table = deployment_deltas
        query = select(table).where(*_of(table, organization, application), table.c.id == identifier)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _delta(row)

    def delete_all(self, organization: str, application: str) -> None:
        """Delete the deltas of an application, which is deleted."""
        self._connection.execute(delete(deployment_deltas).where(*_of(deployment_deltas, organization, application)))


def _of(table: Table, organization: str, application: str) -> tuple[ColumnElement[bool], ...]:
    return (table.c.organization == organization, table.c.application == application)


def _set(content: str) -> DeploymentSet:
    return DeploymentSet(**json.loads(content))


def _changing(delta: StoredDelta) -> dict[str, object]:
    return {
        "name": delta.name,
        "environment": delta.environment or "",
        "is_archived": delta.is_archived,
        "content": json.dumps(delta.delta.as_json()),
        "contributors": json.dumps(delta.contributors),
        "changed_at": delta.changed_at,
    }


def _delta(row: Row[tuple[object, ...]]) -> StoredDelta:
    return StoredDelta(
        organization=row.organization,
        application=row.application,
        id=row.id,
        name=row.name,
        environment=row.environment or None,
        is_archived=row.is_archived,
        delta=stored_delta(json.loads(row.content)),
        contributors=tuple(json.loads(row.contributors)),
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
    )
