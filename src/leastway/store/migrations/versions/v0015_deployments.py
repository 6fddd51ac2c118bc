"""Deployments, their resources, and what they brought to clusters."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the tables, let environments name a deployment, and raise the number."""
    op.add_column("environments", sa.Column("from_deployment", sa.String(length=36), nullable=True))
    op.create_table(
        "deployments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("application", sa.String(length=50), nullable=False),
        sa.Column("environment", sa.String(length=50), nullable=False),
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("delta_id", sa.String(length=36), nullable=True),
        sa.Column("from_id", sa.String(length=36), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("is_dry_run", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=True),
        sa.Column("graph", sa.String(length=36), nullable=True),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("status_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("aborted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("aborted_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    place = ["organization", "application", "environment", "created_at"]
    op.create_index("ix_deployments_environment", "deployments", place, unique=False)
    op.create_index("ix_deployments_status", "deployments", ["status"], unique=False)
    op.create_table(
        "deployment_nodes",
        sa.Column("deployment", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=63), nullable=False),
        sa.Column("class", sa.String(length=63), nullable=False),
        sa.Column("resource", sa.String(length=255), nullable=False),
        sa.Column("guresid", sa.String(length=40), nullable=False),
        sa.Column("definition", sa.String(length=63), nullable=False),
        sa.Column("definition_version", sa.String(length=36), nullable=False),
        sa.Column("criterion", sa.String(length=36), nullable=False),
        sa.Column("driver", sa.String(length=128), nullable=False),
        sa.Column("depends_on", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("run", sa.String(length=36), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("deployment", "number"),
    )
    op.create_table(
        "deployed_objects",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("application", sa.String(length=50), nullable=False),
        sa.Column("environment", sa.String(length=50), nullable=False),
        sa.Column("version", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=63), nullable=False),
        sa.Column("namespace", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("cluster", sa.String(length=40), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=True),
        sa.Column("workload", sa.String(length=100), nullable=False),
        sa.Column("deployment", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("organization", "application", "environment", "version", "kind", "namespace", "name"),
    )
    op.create_table(
        "cluster_identities",
        sa.Column("guresid", sa.String(length=40), nullable=False),
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("deployment", sa.String(length=36), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("guresid"),
    )
    op.execute("UPDATE leastway_schema SET version = 15")
