"""The tables of deployments: what each is for and how far it got, its resources, and the inventory of clusters.

Every row belongs to an organization. Nothing here is a secret; the log of a deployment is in `run_lines`.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from leastway.store.columns import ID, ORGANIZATION, ForeignText, UtcTime
from leastway.store.schema import metadata

__all__ = ["cluster_identities", "deployed_objects", "deployment_nodes", "deployments"]

_SHORT_ID = String(50)
_RESOURCE_TYPE = String(63)
_DIGEST = String(64)
_GURESID = String(40)

deployments = Table(
    "deployments",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization", ORGANIZATION, nullable=False),
    Column("application", _SHORT_ID, nullable=False),
    Column("environment", _SHORT_ID, nullable=False),
    Column("set_id", _DIGEST, nullable=False),
    Column("delta_id", ID),
    Column("from_id", ID),
    Column("comment", Text, nullable=False),
    Column("is_dry_run", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("phase", String(16)),
    Column("graph", ID),
    Column("errors", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("status_changed_at", UtcTime, nullable=False),
    Column("aborted_at", UtcTime),
    Column("aborted_by", ID),
    Index("ix_deployments_environment", "organization", "application", "environment", "created_at"),
    Index("ix_deployments_status", "status"),
)
"""`errors` is JSON."""

deployment_nodes = Table(
    "deployment_nodes",
    metadata,
    Column("deployment", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("type", _RESOURCE_TYPE, nullable=False),
    Column("class", _RESOURCE_TYPE, nullable=False),
    Column("resource", String(255), nullable=False),
    Column("guresid", _GURESID, nullable=False),
    Column("definition", _RESOURCE_TYPE, nullable=False),
    Column("definition_version", ID, nullable=False),
    Column("criterion", ID, nullable=False),
    Column("driver", String(128), nullable=False),
    Column("depends_on", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("run", ID),
    Column("error", ForeignText),
    Index("ix_deployment_nodes_run", "run"),
)
"""The resources of a deployment as they were settled at its start; `depends_on` is JSON."""

deployed_objects = Table(
    "deployed_objects",
    metadata,
    Column("organization", ORGANIZATION, primary_key=True),
    Column("application", _SHORT_ID, primary_key=True),
    Column("environment", _SHORT_ID, primary_key=True),
    Column("version", _RESOURCE_TYPE, primary_key=True),
    Column("kind", _RESOURCE_TYPE, primary_key=True),
    Column("namespace", _RESOURCE_TYPE, primary_key=True),
    Column("name", String(253), primary_key=True),
    Column("cluster", _GURESID, nullable=False),
    Column("uid", ID),
    Column("workload", String(100), nullable=False),
    Column("deployment", ID, nullable=False),
)
"""What deployments brought to the cluster of an environment, recorded before it is applied."""

cluster_identities = Table(
    "cluster_identities",
    metadata,
    Column("guresid", _GURESID, primary_key=True),
    Column("organization", ORGANIZATION, nullable=False),
    Column("authority", _DIGEST, nullable=False),
    Column("uid", ID, nullable=False),
    Column("deployment", ID, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
)
"""Which cluster a resource of type k8s-cluster was, when something was deployed to it first."""
