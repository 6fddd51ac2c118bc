"""The tables of runs: what each is for and how far it got, its log, and the AWS calls that its gateway judged.

Every row belongs to an organization. A run's inputs, which may contain secrets, are sealed in `credential_versions`;
lines of its log come with secrets masked, and calls without parameters.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from leastway.store.columns import ID, ORGANIZATION, ForeignName, ForeignText, UtcTime
from leastway.store.schema import metadata

__all__ = ["run_calls", "run_lines", "runs"]

_SHORT_ID = String(50)
_RESOURCE_TYPE = String(63)

runs = Table(
    "runs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization", ORGANIZATION, nullable=False),
    Column("application", _SHORT_ID, nullable=False),
    Column("environment", _SHORT_ID, nullable=False),
    Column("type", _RESOURCE_TYPE, nullable=False),
    Column("class", _RESOURCE_TYPE, nullable=False),
    Column("resource", String(255), nullable=False),
    Column("guresid", String(40), nullable=False),
    Column("definition", _RESOURCE_TYPE, nullable=False),
    Column("definition_version", ID, nullable=False),
    Column("criterion", ID),
    Column("driver", String(128), nullable=False),
    Column("account", _RESOURCE_TYPE),
    Column("action", String(16), nullable=False),
    Column("needs_approval", Boolean, nullable=False),
    Column("credentials", String(16), nullable=False),
    Column("status", String(24), nullable=False),
    Column("phase", String(16)),
    Column("attempt", Integer, nullable=False),
    Column("commit", String(64)),
    Column("role", ForeignName(2048)),
    Column("contract", String(64)),
    Column("is_enforced", Boolean, nullable=False),
    Column("plan", Text),
    Column("plan_digest", String(64)),
    Column("plan_used", Boolean, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("error", ForeignText),
    Column("ended_how", ForeignText),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("approved_at", UtcTime),
    Column("approved_by", ID),
    Column("cancelled_at", UtcTime),
    Column("cancelled_by", ID),
    Column("lease", ID),
    Column("lease_until", UtcTime),
    Index("ix_runs_organization", "organization", "created_at"),
    Index("ix_runs_environment", "organization", "application", "environment", "created_at"),
    Index("ix_runs_definition", "organization", "definition", "created_at"),
    Index("ix_runs_guresid", "organization", "guresid", "created_at"),
    Index("ix_runs_unfinished", "organization", "status"),
    Index("ix_runs_status", "status"),
)
"""`plan` and `warnings` are JSON. `lease` is the attempt that may work until `lease_until`."""

run_lines = Table(
    "run_lines",
    metadata,
    Column("run", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("text", ForeignText, nullable=False),
)

run_calls = Table(
    "run_calls",
    metadata,
    Column("run", ID, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("decision", String(24), nullable=False),
    Column("service", String(64), nullable=False),
    Column("operation", String(128), nullable=False),
    Column("region", String(32), nullable=False),
    Column("role", ForeignName(2048)),
    Column("actions", Text, nullable=False),
    Column("resources", Text, nullable=False),
    Column("reason", ForeignText, nullable=False),
    Column("status", Integer),
    Column("code", String(128), nullable=False),
    Column("request_id", String(128), nullable=False),
)
"""`actions` and `resources` are JSON. The audit log has an entry for each call; this is what a run's page lists."""
