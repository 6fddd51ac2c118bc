"""The tables of resource definitions, their versions and criteria, and of drivers, resource types and classes.

Every row belongs to an organization. The secrets of definitions are sealed, in `platform_schema.credential_versions`.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from leastway.store.columns import ID, NAME, ORGANIZATION, UtcTime
from leastway.store.schema import metadata

__all__ = [
    "definition_criteria",
    "definition_versions",
    "definitions",
    "resource_classes",
    "resource_drivers",
    "resource_types",
]

definitions = Table(
    "definitions",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", String(63), primary_key=True),
    Column("active", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("updated_at", UtcTime),
    Column("updated_by", ID),
    Column("deleted_at", UtcTime),
)
"""Resource definitions; `active` is the number of the version in use. A deleted one stays, to be read."""

definition_versions = Table(
    "definition_versions",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("definition", String(63), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("id", ID, nullable=False),
    Column("name", NAME, nullable=False),
    Column("type", NAME, nullable=False),
    Column("driver", String(128), nullable=False),
    Column("account", String(256), nullable=False),
    Column("inputs", Text),
    Column("provision", Text),
    Column("in_place_driver_change", Boolean, nullable=False),
    Column("action", String(16), nullable=False),
    Column("is_archived", Boolean, nullable=False),
    Column("is_proposed", Boolean, nullable=False),
    Column("secret_version", Integer),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
)
"""Versions of definitions: `inputs` and `provision` are JSON, `secret_version` that of the sealed secrets."""

definition_criteria = Table(
    "definition_criteria",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("definition", String(63), nullable=False),
    Column("type", NAME, nullable=False),
    Column("class", String(63), nullable=False),
    Column("app_id", String(63), nullable=False),
    Column("env_id", String(63), nullable=False),
    Column("env_type", String(63), nullable=False),
    Column("res_id", String(256), nullable=False),
    Index("definition_criteria_of", "organization", "definition"),
    Index(
        "definition_criteria_once",
        *("organization", "type", "class", "app_id", "env_id", "env_type", "res_id"),
        unique=True,
    ),
)
"""Criteria of definitions; an empty field is not a condition. No two definitions of a type have the same."""

resource_drivers = Table(
    "resource_drivers",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", String(63), primary_key=True),
    Column("type", NAME, nullable=False),
    Column("account_types", Text, nullable=False),
    Column("inputs_schema", Text, nullable=False),
    Column("target", String(512), nullable=False),
    Column("template", Text, nullable=False),
)
"""Drivers of organizations; `account_types`, `inputs_schema` and `template` are JSON."""

resource_types = Table(
    "resource_types",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("id", NAME, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("use", String(16), nullable=False),
    Column("category", NAME, nullable=False),
    Column("inputs_schema", Text, nullable=False),
    Column("outputs_schema", Text, nullable=False),
)
"""Resource types of organizations; the schemas are JSON."""

resource_classes = Table(
    "resource_classes",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("type", NAME, primary_key=True),
    Column("id", String(63), primary_key=True),
    Column("description", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
)
