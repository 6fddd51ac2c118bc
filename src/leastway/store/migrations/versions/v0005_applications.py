"""The tables of applications, environments, active resources and agents; groups next to users."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables, give each organization its first environment type, and raise the number."""
    op.create_table(
        "active_resources",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("application", sa.String(length=50), nullable=False),
        sa.Column("environment", sa.String(length=50), nullable=False),
        sa.Column("type", sa.String(length=63), nullable=False),
        sa.Column("class", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("guresid", sa.String(length=40), nullable=False),
        sa.Column("definition", sa.String(length=63), nullable=False),
        sa.Column("definition_version", sa.String(length=36), nullable=False),
        sa.Column("target_version", sa.String(length=36), nullable=True),
        sa.Column("criterion", sa.String(length=36), nullable=True),
        sa.Column("driver", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=True),
        sa.Column("deployment", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("outputs", sa.Text(), nullable=False),
        sa.Column("secret_refs", sa.Text(), nullable=False),
        sa.Column("is_scheduled_for_deletion", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization", "application", "environment", "type", "class", "id"),
    )
    op.create_index("ix_active_resources_definition", "active_resources", ["organization", "definition"], unique=False)
    op.create_table(
        "agent_keys",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=50), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization", "fingerprint"),
    )
    op.create_index("ix_agent_keys_agent", "agent_keys", ["organization", "agent"], unique=False)
    op.create_table(
        "agents",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=50), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.create_table(
        "applications",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.create_table(
        "dependency_graphs",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("application", sa.String(length=50), nullable=False),
        sa.Column("environment", sa.String(length=50), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization", "application", "environment", "hash"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "environment_types",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=50), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.create_table(
        "environments",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("application", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=50), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("organization", "application", "id"),
    )
    op.create_index("ix_environments_type", "environments", ["organization", "type"], unique=False)
    op.create_table(
        "object_roles",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("object", sa.String(length=50), nullable=False),
        sa.Column("user", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("organization", "kind", "object", "user"),
    )
    op.create_table(
        "public_keys",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.create_index("ix_public_keys_fingerprint", "public_keys", ["organization", "fingerprint"], unique=True)
    op.add_column("users", sa.Column("idp_id", sa.String(length=50), nullable=True))
    op.execute(
        "INSERT INTO environment_types (organization, id, description) SELECT id, 'development', '' FROM organizations"
    )
    op.execute("UPDATE leastway_schema SET version = 5")
