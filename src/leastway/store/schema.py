"""The tables of today. A change adds a revision to `store/migrations/versions`, and raises `REVISION` and `VERSION`."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text

__all__ = [
    "REVISION",
    "VERSION",
    "alembic_version",
    "external_id_owners",
    "grant_files",
    "known_text",
    "made_objects",
    "metadata",
    "role_external_ids",
    "schema_version",
    "touched_sites",
]

REVISION = "0016"
"""The latest revision, which alembic's own table names in a store that is up to date."""
VERSION = 16
"""The same as a number, for a leastway of before alembic, which refuses a higher one than its own."""

metadata = MetaData()

schema_version = Table("leastway_schema", metadata, Column("version", Integer, primary_key=True))

alembic_version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))
"""As alembic makes it by itself."""

external_id_owners = Table(
    "external_id_owners",
    metadata,
    Column("external_id", String(1224), primary_key=True),
    Column("grant_name", String(63), nullable=False),
    Column("account", String(12), nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
)
"""Every external id that an account ever had, so that no other account gets it."""

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
"""The ids of each role in order, from 0: the first is the one for the platform. The empty role is the account."""

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
"""What leastway created or adopted, by address."""


def known_text(value: object) -> str:
    """Return the text in a column; a SQLite column may hold anything. Errors: ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a string")
    return value
