"""The tables of applications: environments, deltas and sets, active resources, dependency graphs, agents, keys.

Every row belongs to an organization. Public keys are stored as they came.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, Text

from leastway.store.columns import ID, NAME, ORGANIZATION, UtcTime
from leastway.store.schema import metadata

__all__ = [
    "active_resources",
    "agent_connections",
    "agent_keys",
    "agents",
    "applications",
    "dependency_graphs",
    "deployment_deltas",
    "deployment_sets",
    "environment_types",
    "environments",
    "object_roles",
    "public_keys",
]

_SHORT_ID = String(50)
_FINGERPRINT = String(64)
_RESOURCE_TYPE = String(63)
_RESOURCE_ID = String(255)

environment_types = Table(
    "environment_types",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", _SHORT_ID, primary_key=True),
    Column("description", Text, nullable=False),
)

applications = Table(
    "applications",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", _SHORT_ID, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
)

environments = Table(
    "environments",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("application", _SHORT_ID, primary_key=True),
    Column("id", _SHORT_ID, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("type", _SHORT_ID, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("from_deployment", ID),
    Index("ix_environments_type", "organization", "type"),
)
"""`from_deployment` is the deployment that the next one is based on."""

object_roles = Table(
    "object_roles",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("object", _SHORT_ID, primary_key=True),
    Column("user", ID, primary_key=True),
    Column("role", String(16), nullable=False),
)
"""Roles of users and groups on one application or environment type; `kind` says which of both."""

active_resources = Table(
    "active_resources",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("application", _SHORT_ID, primary_key=True),
    Column("environment", _SHORT_ID, primary_key=True),
    Column("type", _RESOURCE_TYPE, primary_key=True),
    Column("class", _RESOURCE_TYPE, primary_key=True),
    Column("id", _RESOURCE_ID, primary_key=True),
    Column("guresid", String(40), nullable=False),
    Column("definition", _RESOURCE_TYPE, nullable=False),
    Column("definition_version", ID, nullable=False),
    Column("target_version", ID),
    Column("criterion", ID),
    Column("driver", String(128), nullable=False),
    Column("account", _RESOURCE_TYPE),
    Column("deployment", ID, nullable=False),
    Column("status", String(16), nullable=False),
    Column("outputs", Text, nullable=False),
    Column("secret_refs", Text, nullable=False),
    Column("is_scheduled_for_deletion", Boolean, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Index("ix_active_resources_definition", "organization", "definition"),
)
"""What exists for an environment. `outputs` and `secret_refs` are JSON; a secret is in custody and only referred to."""

dependency_graphs = Table(
    "dependency_graphs",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("application", _SHORT_ID, primary_key=True),
    Column("environment", _SHORT_ID, primary_key=True),
    Column("hash", _FINGERPRINT, primary_key=True),
    Column("id", ID, nullable=False, unique=True),
    Column("nodes", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("used_at", UtcTime, nullable=False),
)
"""Resolved graphs; `nodes` is JSON in the order of provisioning, with secrets as references."""

deployment_sets = Table(
    "deployment_sets",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("application", _SHORT_ID, primary_key=True),
    Column("id", _FINGERPRINT, primary_key=True),
    Column("content", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
"""Deployment sets of applications; `content` is their canonical JSON, and `id` its SHA-256."""

deployment_deltas = Table(
    "deployment_deltas",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("application", _SHORT_ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("environment", _SHORT_ID, nullable=False),
    Column("is_archived", Boolean, nullable=False),
    Column("content", Text, nullable=False),
    Column("contributors", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)
"""Deltas of applications; `content` and `contributors` are JSON, and `environment` is empty for a delta of none."""

agents = Table(
    "agents",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", _SHORT_ID, primary_key=True),
    Column("description", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
)

agent_keys = Table(
    "agent_keys",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("fingerprint", _FINGERPRINT, primary_key=True),
    Column("agent", _SHORT_ID, nullable=False),
    Column("pem", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_agent_keys_agent", "organization", "agent"),
)
"""The keys of agents: one key belongs to one agent of the organization."""

agent_connections = Table(
    "agent_connections",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("agent", _SHORT_ID, primary_key=True),
    Column("instance", String(32), primary_key=True),
    Column("process", ID, primary_key=True),
    Column("fingerprint", _FINGERPRINT, nullable=False),
    Column("connected_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("left_at", UtcTime),
)
"""Replicas of agents at server processes, each with when it was last seen there."""

public_keys = Table(
    "public_keys",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("fingerprint", _FINGERPRINT, nullable=False),
    Column("pem", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_public_keys_fingerprint", "organization", "fingerprint", unique=True),
)
"""Public keys of the organization itself, such as that of an operator in its cluster."""
