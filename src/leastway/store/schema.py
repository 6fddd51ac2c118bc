"""The tables. A change of one raises `VERSION` and adds a step to `store/database.py`; a new one is made if missing."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text, UniqueConstraint

__all__ = [
    "VERSION",
    "external_ids",
    "grant_files",
    "known_text",
    "made_objects",
    "metadata",
    "schema_version",
    "touched_sites",
]

VERSION = 1

metadata = MetaData()

schema_version = Table("leastway_schema", metadata, Column("version", Integer, primary_key=True))

external_ids = Table(
    "external_ids",
    metadata,
    Column("grant_name", String(63), primary_key=True),
    Column("account", String(12), primary_key=True),
    Column("external_id", String(1224), nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("external_id", name="one_external_id_for_one_account"),
)

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
