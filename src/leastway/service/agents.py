"""Agents of an organization, their keys, and the organization's own public keys, each change with its audit entry.

An agent has several keys at once, so that a key is replaced without a gap; a key that is deleted is refused from then
on, and every process cuts the connections that it proved. One key belongs to one agent of the organization.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

from leastway.custody import fingerprint_of_public_key
from leastway.errors import InvalidInputError
from leastway.registry import Agent, AgentKey, OrganizationKey, expiry_of_key
from leastway.service.caller import Caller, NotFoundError
from leastway.service.fields import check_description, check_short_id
from leastway.service.server import Server
from leastway.store import AgentConnection, ConflictError, Transaction
from leastway.tenants import Permission

__all__ = [
    "add_agent_key",
    "add_organization_key",
    "create_agent",
    "delete_agent",
    "delete_agent_key",
    "delete_organization_key",
    "describe_agent",
    "read_agent_connections",
    "read_agent_keys",
    "read_agents",
    "read_organization_key",
    "read_organization_keys",
]


def read_agents(server: Server, caller: Caller, organization: str) -> tuple[Agent, ...]:
    """Return the agents of the organization, by id."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return transaction.agents.all(organization)


def create_agent(
    server: Server, caller: Caller, organization: str, *, identifier: str, description: str, pem: str
) -> Agent:
    """Create an agent with its first key. Errors: InvalidInputError; ConflictError for an id or a key that exists."""
    caller.need(Permission.OPERATE, organization)
    check_short_id(identifier)
    check_description(description)
    fingerprint = fingerprint_of_public_key(pem, "public_key")
    with server.store.writing() as transaction:
        if transaction.agents.find(organization, identifier) is not None:
            raise ConflictError(f"the agent {identifier!r} exists already", fix="choose another id, or add a key to it")
        created = Agent(organization, identifier, description, transaction.now, caller.user.id)
        transaction.agents.add(created)
        transaction.audit.append(
            caller.entry(transaction.now, "agent.created", identifier, status=200, key=fingerprint)
        )
        _add_key(transaction, caller, created, fingerprint, pem)
    return created


def describe_agent(server: Server, caller: Caller, organization: str, agent: str, description: str) -> Agent:
    """Change the description of an agent. Errors: NotFoundError; InvalidInputError."""
    caller.need(Permission.OPERATE, organization)
    check_description(description)
    with server.store.writing() as transaction:
        found = _agent(transaction, organization, agent, lock=True)
        transaction.agents.describe(organization, agent, description)
        transaction.audit.append(caller.entry(transaction.now, "agent.updated", agent, status=200))
    return replace(found, description=description)


def delete_agent(server: Server, caller: Caller, organization: str, agent: str) -> None:
    """Delete an agent with its keys. Errors: NotFoundError."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        _agent(transaction, organization, agent, lock=True)
        keys = tuple(key.fingerprint for key in transaction.agents.keys(organization, agent))
        transaction.agents.delete(organization, agent)
        transaction.audit.append(caller.entry(transaction.now, "agent.deleted", agent, status=204, keys=keys))


def read_agent_keys(server: Server, caller: Caller, organization: str, agent: str) -> tuple[AgentKey, ...]:
    """Return the keys of an agent, the oldest first. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        _agent(transaction, organization, agent)
        return transaction.agents.keys(organization, agent)


def read_agent_connections(
    server: Server, caller: Caller, organization: str, agent: str
) -> tuple[tuple[AgentConnection, bool], ...]:
    """Return where replicas of an agent are or were connected, the latest first, each with whether it is now.

    Errors: NotFoundError.
    """
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        _agent(transaction, organization, agent)
        found = transaction.agent_connections.of(organization, agent)
        return tuple((one, one.is_here(transaction.shared_now)) for one in found)


def add_agent_key(server: Server, caller: Caller, organization: str, agent: str, pem: str) -> AgentKey:
    """Add a key to an agent. Errors: NotFoundError; InvalidInputError; ConflictError for a key that exists."""
    caller.need(Permission.OPERATE, organization)
    fingerprint = fingerprint_of_public_key(pem, "public_key")
    with server.store.writing() as transaction:
        found = _agent(transaction, organization, agent, lock=True)
        key = _add_key(transaction, caller, found, fingerprint, pem)
        entry = caller.entry(transaction.now, "agent.key-added", agent, status=200, key=fingerprint)
        transaction.audit.append(entry)
    return key


def delete_agent_key(server: Server, caller: Caller, organization: str, agent: str, fingerprint: str) -> None:
    """Delete a key of an agent. Errors: NotFoundError."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        _agent(transaction, organization, agent, lock=True)
        if not transaction.agents.delete_key(organization, agent, fingerprint):
            raise NotFoundError("the agent has no key with this fingerprint", fix="list the keys of the agent")
        entry = caller.entry(transaction.now, "agent.key-deleted", agent, status=204, key=fingerprint)
        transaction.audit.append(entry)


def read_organization_keys(
    server: Server, caller: Caller, organization: str, fingerprint: str | None = None
) -> tuple[OrganizationKey, ...]:
    """Return the public keys of the organization, the oldest first; with `fingerprint`, the one that has it.

    Errors: InvalidInputError for a text that cannot be a fingerprint.
    """
    caller.need(Permission.READ, organization)
    if fingerprint is not None and re.fullmatch("[0-9a-f]{64}", fingerprint) is None:
        raise InvalidInputError(
            "it is not a fingerprint", where="fingerprint", fix="give the SHA-256 of the key's DER in hexadecimal"
        )
    with server.store.reading() as transaction:
        keys = transaction.organization_keys.all(organization)
    return tuple(key for key in keys if fingerprint in {None, key.fingerprint})


def read_organization_key(server: Server, caller: Caller, organization: str, key: str) -> OrganizationKey:
    """Return one public key of the organization. Errors: NotFoundError."""
    for found in read_organization_keys(server, caller, organization):
        if found.id == key:
            return found
    raise _no_key(key)


def add_organization_key(server: Server, caller: Caller, organization: str, pem: str) -> OrganizationKey:
    """Add a public key of the organization. Errors: InvalidInputError; ConflictError for a key that exists."""
    caller.need(Permission.OPERATE, organization)
    fingerprint = fingerprint_of_public_key(pem, "the body")
    try:
        with server.store.writing() as transaction:
            now = transaction.now
            key = OrganizationKey(
                organization, str(uuid.uuid4()), fingerprint, pem, now, caller.user.id, expiry_of_key(now)
            )
            transaction.organization_keys.add(key)
            transaction.audit.append(caller.entry(now, "organization-key.created", key.id, status=200, key=fingerprint))
    except ConflictError as error:
        raise ConflictError("the organization has this key already", fix="list its keys by fingerprint") from error
    return key


def delete_organization_key(server: Server, caller: Caller, organization: str, key: str) -> None:
    """Delete a public key of the organization. Errors: NotFoundError."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        if not transaction.organization_keys.delete(organization, key):
            raise _no_key(key)
        transaction.audit.append(caller.entry(transaction.now, "organization-key.deleted", key, status=204))


def _agent(transaction: Transaction, organization: str, agent: str, *, lock: bool = False) -> Agent:
    found = transaction.agents.find(organization, agent, lock=lock)
    if found is None:
        raise NotFoundError(f"agent {agent!r} does not exist", fix="list the agents of the organization")
    return found


def _add_key(transaction: Transaction, caller: Caller, agent: Agent, fingerprint: str, pem: str) -> AgentKey:
    if transaction.agents.find_key(agent.organization, fingerprint) is not None:
        raise ConflictError("an agent of the organization has this key already", fix="give each agent a key of its own")
    now = transaction.now
    key = AgentKey(agent.organization, agent.id, fingerprint, pem, now, caller.user.id, expiry_of_key(now))
    transaction.agents.add_key(key)
    return key


def _no_key(key: str) -> NotFoundError:
    return NotFoundError(f"key {key!r} does not exist", fix="list the keys of the organization")
