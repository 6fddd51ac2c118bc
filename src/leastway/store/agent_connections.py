"""Which replicas of agents are connected to which server process, and when each was last seen.

A process that ends without a word leaves rows that are no longer renewed: those count as gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from leastway.store.application_schema import agent_connections

__all__ = ["AgentConnection", "AgentConnections"]

_RENEWED_WITHIN = timedelta(seconds=90)
_KEPT = 64
"""Rows of one agent that are kept, the newest ones."""


@dataclass(frozen=True, slots=True)
class AgentConnection:
    """A replica at a server process. `left_at` is None while it is connected, as far as the process could write."""

    organization: str
    agent: str
    instance: str
    process: str
    fingerprint: str
    connected_at: datetime
    seen_at: datetime
    left_at: datetime | None = None

    def is_here(self, now: datetime) -> bool:
        """Return whether the replica is connected: its process still says so."""
        return self.left_at is None and now - self.seen_at < _RENEWED_WITHIN


class AgentConnections:
    """Connections of agents, within one transaction."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def came(self, organization: str, agent: str, instance: str, process: str, fingerprint: str) -> None:
        """Store that a replica is connected to a process, and forget the oldest connections of the agent."""
        table = agent_connections
        mine = (table.c.organization == organization, table.c.agent == agent)
        this = (*mine, table.c.instance == instance, table.c.process == process)
        values = {"fingerprint": fingerprint, "connected_at": self._now, "seen_at": self._now, "left_at": None}
        if not self._connection.execute(update(table).where(*this).values(values)).rowcount:
            names = {"organization": organization, "agent": agent, "instance": instance, "process": process}
            self._connection.execute(insert(table), names | values)
        newest = select(table.c.seen_at).where(*mine).order_by(table.c.seen_at.desc()).offset(_KEPT).limit(1)
        oldest = self._connection.scalar(newest)
        if oldest is not None:
            self._connection.execute(delete(table).where(*mine, table.c.seen_at <= oldest))

    def left(self, organization: str, agent: str, instance: str, process: str) -> None:
        """Store that a replica is no longer connected to a process."""
        table = agent_connections
        this = (
            table.c.organization == organization,
            table.c.agent == agent,
            table.c.instance == instance,
            table.c.process == process,
        )
        self._connection.execute(update(table).where(*this).values(seen_at=self._now, left_at=self._now))

    def renew(self, process: str, instances: Iterable[str]) -> None:
        """Store that replicas are still connected to a process."""
        table = agent_connections
        these = (table.c.process == process, table.c.instance.in_(list(instances)), table.c.left_at.is_(None))
        self._connection.execute(update(table).where(*these).values(seen_at=self._now))

    def of(self, organization: str, agent: str) -> tuple[AgentConnection, ...]:
        """Return the connections of an agent, the one that was seen last first."""
        table = agent_connections
        mine = (table.c.organization == organization, table.c.agent == agent)
        query = select(table).where(*mine).order_by(table.c.seen_at.desc(), table.c.instance, table.c.process)
        return tuple(
            AgentConnection(
                row.organization,
                row.agent,
                row.instance,
                row.process,
                row.fingerprint,
                row.connected_at,
                row.seen_at,
                row.left_at,
            )
            for row in self._connection.execute(query)
        )
