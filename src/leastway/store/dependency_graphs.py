"""Dependency graphs of environments in the database."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from leastway.registry import DependencyGraph
from leastway.store.application_schema import dependency_graphs

__all__ = ["DependencyGraphs"]


class DependencyGraphs:
    """Resolved graphs of environments, within one transaction: the same hash is the same graph."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def use(
        self, organization: str, application: str, environment: str, digest: str, nodes: Sequence[Mapping[str, Any]]
    ) -> DependencyGraph:
        """Return the graph with this hash, used now; store it if it is new."""
        table = dependency_graphs
        mine = (*_place(organization, application, environment), table.c.hash == digest)
        changed = self._connection.execute(update(table).where(*mine).values(used_at=self._now))
        if not changed.rowcount:
            values = {
                "organization": organization,
                "application": application,
                "environment": environment,
                "hash": digest,
                "id": str(uuid.uuid4()),
                "nodes": json.dumps(nodes),
                "created_at": self._now,
                "used_at": self._now,
            }
            self._connection.execute(insert(table), values)
        return _graph(self._connection.execute(select(table).where(*mine)).one())

    def find(self, organization: str, application: str, environment: str, graph: str) -> DependencyGraph | None:
        """Return a graph of the environment by its id or its hash."""
        table = dependency_graphs
        place = _place(organization, application, environment)
        query = select(table).where(*place, or_(table.c.id == graph, table.c.hash == graph))
        row = self._connection.execute(query).first()
        return None if row is None else _graph(row)

    def delete_all(self, organization: str, application: str, environment: str) -> None:
        """Delete the graphs of an environment, which is deleted."""
        self._connection.execute(delete(dependency_graphs).where(*_place(organization, application, environment)))


def _place(organization: str, application: str, environment: str) -> tuple[ColumnElement[bool], ...]:
    table = dependency_graphs
    return (
        table.c.organization == organization,
        table.c.application == application,
        table.c.environment == environment,
    )


def _graph(row: Row[tuple[object, ...]]) -> DependencyGraph:
    nodes = tuple(json.loads(row.nodes))
    return DependencyGraph(row.id, row.hash, nodes, row.created_at, row.used_at)
