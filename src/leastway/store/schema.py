"""The tables. A change of one raises `VERSION` and adds a step to `store/migrations.py`; a new one is made."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text

__all__ = [
    "VERSION",
    "external_id_owners",
    "grant_files",
    "known_text",
    "made_objects",
    "metadata",
    "role_external_ids",
    "schema_version",
    "touched_sites",
]

VERSION = 2

metadata = MetaData()

schema_version = Table("leastway_schema", metadata, Column("version", Integer, primary_key=True))

external_id_owners = Table(
    "external_id_owners",
    metadata,
    Column("external_id", String(1224), primary_key=True),
    Column("grant_name", String(63), nullable=False),
    Column("account", String(12), nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
)
"""Every external id that an account ever had, so that no other one gets it."""

role_external_ids = Table(
    "role_external_ids",
    metadata,
    Column("grant_name", String(63), primary_key=True),
    Column("account", String(12), primary_key=True),
    Column("role", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("external_id", String(1224), nullable=False),
    Column("stage", String(16), nullable=False),
)
"""The ids of each role in their order, from 0: what the platform is told first. The empty role is the account."""

grant_files = Table(
    "grant_files",
    metadata,
    Column("grant_name", String(63), primary_key=True),
    Column("path", Text, nullable=False),
)

touched_sites = Table(
    "touched_sites",
    metadata,
    Column("grant_name", String(63), primary_key=True),
    Column("realm", String(16), primary_key=True),
    Column("account", String(12), primary_key=True),
    Column("region", String(32), primary_key=True),
    Column("cluster", String(100), primary_key=True),
)

made_objects = Table(
    "made_objects",
    metadata,
    Column("grant_name", String(63), primary_key=True),
    Column("account", String(12), primary_key=True),
    Column("region", String(32), primary_key=True),
    Column("cluster", String(100), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("name", String(1024), primary_key=True),
    Column("unique_id", String(2048), nullable=False),
)
"""What leastway made or took over, by address; a store of before this table has none of it."""


def known_text(value: object) -> str:
    """Return the text that a column holds; in SQLite it may hold anything. Errors: ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value
