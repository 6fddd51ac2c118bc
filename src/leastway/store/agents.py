"""Agents, their keys, and the public keys of organizations in the database."""

from __future__ import annotations

from sqlalchemy import Connection, Row, delete, insert, select, update

from leastway.registry import Agent, AgentKey, OrganizationKey
from leastway.store.application_schema import agent_connections, agent_keys, agents, public_keys
from leastway.store.switches import Switches

__all__ = ["Agents", "OrganizationKeys"]


class Agents:
    """Agents of organizations and their keys, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, agent: Agent) -> None:
        """Store a new agent. An id that the organization has already is a ConflictError of the transaction."""
        values = {
            "organization": agent.organization,
            "id": agent.id,
            "description": agent.description,
            "created_at": agent.created_at,
            "created_by": agent.created_by,
        }
        self._connection.execute(insert(agents), values)

    def all(self, organization: str) -> tuple[Agent, ...]:
        """Return the agents of an organization, by id."""
        query = select(agents).where(agents.c.organization == organization).order_by(agents.c.id)
        return tuple(map(_agent, self._connection.execute(query)))

    def find(self, organization: str, agent: str, *, lock: bool = False) -> Agent | None:
        """Return an agent; with `lock`, no other transaction changes or deletes it until this one ends."""
        query = select(agents).where(agents.c.organization == organization, agents.c.id == agent)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _agent(row)

    def describe(self, organization: str, agent: str, description: str) -> None:
        """Store the description of an agent."""
        mine = (agents.c.organization == organization, agents.c.id == agent)
        self._connection.execute(update(agents).where(*mine).values(description=description))

    def delete(self, organization: str, agent: str) -> None:
        """Delete an agent with its keys. Raises the generation, so that every process cuts its connections."""
        Switches(self._connection).raise_generation()
        connections = (agent_connections.c.organization == organization, agent_connections.c.agent == agent)
        self._connection.execute(delete(agent_connections).where(*connections))
        keys = (agent_keys.c.organization == organization, agent_keys.c.agent == agent)
        self._connection.execute(delete(agent_keys).where(*keys))
        mine = (agents.c.organization == organization, agents.c.id == agent)
        self._connection.execute(delete(agents).where(*mine))

    def add_key(self, key: AgentKey) -> None:
        """Store a new key. One that an agent of the organization has already is a ConflictError of the transaction."""
        values = {
            "organization": key.organization,
            "fingerprint": key.fingerprint,
            "agent": key.agent,
            "pem": key.pem,
            "created_at": key.created_at,
            "created_by": key.created_by,
            "expires_at": key.expires_at,
        }
        self._connection.execute(insert(agent_keys), values)

    def keys(self, organization: str, agent: str) -> tuple[AgentKey, ...]:
        """Return the keys of an agent, the oldest first."""
        table = agent_keys
        query = select(table).where(table.c.organization == organization, table.c.agent == agent)
        return tuple(map(_key, self._connection.execute(query.order_by(table.c.created_at, table.c.fingerprint))))

    def find_key(self, organization: str, fingerprint: str) -> AgentKey | None:
        """Return the key with this fingerprint, whichever agent of the organization has it."""
        table = agent_keys
        query = select(table).where(table.c.organization == organization, table.c.fingerprint == fingerprint)
        row = self._connection.execute(query).first()
        return None if row is None else _key(row)

    def delete_key(self, organization: str, agent: str, fingerprint: str) -> bool:
        """Delete a key of an agent; return whether it existed. Raises the generation, as `delete` does."""
        Switches(self._connection).raise_generation()
        table = agent_keys
        mine = (
            table.c.organization == organization,
            table.c.agent == agent,
            table.c.fingerprint == fingerprint,
        )
        return bool(self._connection.execute(delete(table).where(*mine)).rowcount)


class OrganizationKeys:
    """Public keys of organizations, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: OrganizationKey) -> None:
        """Store a new key. One that the organization has already is a ConflictError of the transaction."""
        values = {
            "organization": key.organization,
            "id": key.id,
            "fingerprint": key.fingerprint,
            "pem": key.pem,
            "created_at": key.created_at,
            "created_by": key.created_by,
            "expires_at": key.expires_at,
        }
        self._connection.execute(insert(public_keys), values)

    def all(self, organization: str) -> tuple[OrganizationKey, ...]:
        """Return the keys of an organization, the oldest first."""
        table = public_keys
        query = select(table).where(table.c.organization == organization).order_by(table.c.created_at, table.c.id)
        return tuple(map(_organization_key, self._connection.execute(query)))

    def delete(self, organization: str, key: str) -> bool:
        """Delete a key; return whether it existed."""
        mine = (public_keys.c.organization == organization, public_keys.c.id == key)
        return bool(self._connection.execute(delete(public_keys).where(*mine)).rowcount)


def _agent(row: Row[tuple[object, ...]]) -> Agent:
    return Agent(row.organization, row.id, row.description, row.created_at, row.created_by)


def _key(row: Row[tuple[object, ...]]) -> AgentKey:
    return AgentKey(
        row.organization, row.agent, row.fingerprint, row.pem, row.created_at, row.created_by, row.expires_at
    )


def _organization_key(row: Row[tuple[object, ...]]) -> OrganizationKey:
    return OrganizationKey(
        row.organization, row.id, row.fingerprint, row.pem, row.created_at, row.created_by, row.expires_at
    )
