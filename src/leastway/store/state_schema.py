"""The tables of Terraform states, whose content is sealed in `credential_versions`, with the holder `state`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from leastway.store.columns import ID, ORGANIZATION, UtcTime
from leastway.store.schema import metadata

__all__ = ["state_accesses", "state_locks", "state_versions", "states"]

_STATE = String(63)

states = Table(
    "states",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", _STATE, primary_key=True),
    Column("title", String(512), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
"""One state for each resource; `version` is the current one, and 0 before the first write."""

state_versions = Table(
    "state_versions",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("state", _STATE, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("lineage", String(128), nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("written_at", UtcTime, nullable=False),
    Column("run", ID),
    Column("user", ID),
    Column("restored_from", Integer),
)
"""Who wrote each version: a run, or a user who restored an earlier one. `size` is in bytes."""

state_locks = Table(
    "state_locks",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("state", _STATE, primary_key=True),
    Column("lock", String(64), nullable=False),
    Column("access", LargeBinary(32), nullable=False),
    Column("run", ID, nullable=False),
    Column("info", Text, nullable=False),
    Column("locked_at", UtcTime, nullable=False),
)
"""Locks of Terraform, each held by the access of one attempt of a run; `info` is the JSON that Terraform sent."""

state_accesses = Table(
    "state_accesses",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("organization", ORGANIZATION, nullable=False),
    Column("state", _STATE, nullable=False),
    Column("run", ID, nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("may_write", Boolean, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Index("ix_state_accesses_state", "organization", "state"),
)
"""What one attempt of a run may do with one state: `digest` is the SHA-256 of its token, `expires_at` its lease."""
