"""The tables of the platform's server, next to those of the engineer in `schema`.

Every row belongs to an organization. No column holds a secret in the clear: tokens by digest, passwords by argon2,
credentials sealed.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from leastway.store.columns import ID, NAME, ORGANIZATION, UtcTime
from leastway.store.schema import metadata

__all__ = [
    "account_claims",
    "account_roles",
    "accounts",
    "audit_entries",
    "audit_logs",
    "audit_tiles",
    "broker_sessions",
    "contracts",
    "credential_versions",
    "deleted_credentials",
    "key_rotations",
    "kill_switches",
    "organizations",
    "switch_generation",
    "tokens",
    "users",
]


organizations = Table(
    "organizations",
    metadata,
    Column("id", ORGANIZATION, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization", ORGANIZATION, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("name", NAME, nullable=False),
    Column("email", String(254)),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Column("idp_id", ORGANIZATION),
)
"""People, service users, and groups: `idp_id` is a group's identity provider."""

tokens = Table(
    "tokens",
    metadata,
    Column("user", ID, primary_key=True),
    Column("id", NAME, primary_key=True),
    Column("organization", ORGANIZATION, nullable=False, index=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("accounts", Text),  # ids with spaces between them, which the token is narrowed to
)

accounts = Table(
    "accounts",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", String(63), primary_key=True),
    Column("name", NAME, nullable=False),
    Column("type", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("session_series", Integer, nullable=False, server_default="0"),
)
"""Cloud accounts; `version` is the credential's version in use, `session_series` is raised to make new sessions."""

credential_versions = Table(
    "credential_versions",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("owner_kind", String(16), primary_key=True),
    Column("owner", String(63), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("wrapping_key", String(128), nullable=False, index=True),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("retired_at", UtcTime),
)
"""Sealed credentials of an account or a definition. `wrapping_key` is the id of the key that opens `wrapped_key`."""

deleted_credentials = Table(
    "deleted_credentials",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("owner_kind", String(16), primary_key=True),
    Column("owner", String(63), primary_key=True),
    Column("version", Integer, nullable=False),
)
"""The last version that a deleted account or definition had: the next one of that name goes on from it."""

account_claims = Table(
    "account_claims",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("value", String(64), primary_key=True),
    Column("organization", ORGANIZATION, nullable=False),
    Column("claimed_at", UtcTime, nullable=False),
)
"""What one organization alone may use: an AWS account (its id), an external id (its SHA-256 in hexadecimal)."""

account_roles = Table(
    "account_roles",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("account", String(63), primary_key=True),
    Column("role", String(2048), primary_key=True),
    Column("definition", String(63), primary_key=True),
    Column("external_id", String(1224)),
    Column("session_name", String(64), nullable=False),
    Column("duration", Integer, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("added_by", ID, nullable=False),
)
"""The roles that an account may assume in addition to its own; `definition` is empty for those of no definition."""

kill_switches = Table(
    "kill_switches",
    metadata,
    Column("id", ID, primary_key=True),
    Column("scope", String(16), nullable=False),
    Column("organization", ORGANIZATION),
    Column("target", String(2048)),
    Column("reason", Text, nullable=False),
    Column("on_at", UtcTime, nullable=False),
    Column("on_by", ID, nullable=False),
    Column("off_at", UtcTime),
    Column("off_by", ID),
)

switch_generation = Table(
    "switch_generation",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("generation", BigInteger, nullable=False),
)
"""One row, number 1: raised by every change that the next hand-out must see, in the same transaction."""

broker_sessions = Table(
    "broker_sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization", ORGANIZATION, nullable=False, index=True),
    Column("account", String(63), nullable=False),
    Column("definition", String(63)),
    Column("parent", ID),
    Column("role", String(2048), nullable=False),
    Column("session_name", String(64), nullable=False),
    Column("access_key_id", String(128), nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("handed_out_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("ended_because", Text),
)
"""Sessions that the broker made: who holds what until when. The credentials themselves are in memory only."""

contracts = Table(
    "contracts",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("grant", String(63), primary_key=True),
    Column("account", String(12), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Index("contracts_of_account", "organization", "account"),
)
"""Contracts of grants, by AWS account; `content` is the canonical document, without external ids."""

key_rotations = Table(
    "key_rotations",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("account", String(63), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("version_before", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("places", Text),
    Column("began_at", UtcTime, nullable=False),
    Column("began_by", ID, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Index("key_rotations_due", "state", "next_at"),
)
"""Keys of accounts that replace others, as far as the server got; `places` is JSON."""

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("organization", ORGANIZATION, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("is_change", Boolean, nullable=False),
    Column("log", Integer),
    Column("position", BigInteger),
    Index(
        "audit_entries_pending",
        "id",
        sqlite_where=text("position IS NULL"),
        postgresql_where=text("position IS NULL"),
    ),
    Index(
        "audit_entries_positions",
        "organization",
        "log",
        "position",
        unique=True,
        sqlite_where=text("position IS NOT NULL"),
        postgresql_where=text("position IS NOT NULL"),
    ),
    Index(
        "audit_entries_changes",
        "organization",
        "at",
        "id",
        sqlite_where=text("is_change"),
        postgresql_where=text("is_change"),
    ),
)
"""Entries as canonical bytes. An entry without a position is pending; the others are in a log, by its number.

`is_change` marks what Humanitec's `/audit-logs` shows: successful requests that changed something.
"""

audit_logs = Table(
    "audit_logs",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("origin", String(255), nullable=False),
    Column("key", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False, index=True),
)
"""The logs: how far each is, the hashes at the right edge of its tree, and its signed checkpoint.

The log of an organization with the highest number is the one that grows.
"""

audit_tiles = Table(
    "audit_tiles",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("log", Integer, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("index", BigInteger, primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
)
"""The full tiles of level 0, and the full and growing tiles above. The growing one of level 0 follows from entries."""
