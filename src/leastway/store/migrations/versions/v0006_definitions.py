"""Resource definitions with their versions and criteria; drivers, resource types and classes of organizations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables, and raise the number."""
    op.create_table(
        "definition_criteria",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("definition", sa.String(length=63), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("class", sa.String(length=63), nullable=False),
        sa.Column("app_id", sa.String(length=63), nullable=False),
        sa.Column("env_id", sa.String(length=63), nullable=False),
        sa.Column("env_type", sa.String(length=63), nullable=False),
        sa.Column("res_id", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.create_index("definition_criteria_of", "definition_criteria", ["organization", "definition"], unique=False)
    op.create_index(
        "definition_criteria_once",
        "definition_criteria",
        ["organization", "type", "class", "app_id", "env_id", "env_type", "res_id"],
        unique=True,
    )
    op.create_table(
        "definition_versions",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("definition", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("driver", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=256), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=True),
        sa.Column("provision", sa.Text(), nullable=True),
        sa.Column("in_place_driver_change", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("is_proposed", sa.Boolean(), nullable=False),
        sa.Column("secret_version", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("organization", "definition", "number"),
    )
    op.create_table(
        "definitions",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_by", sa.String(length=36), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.create_table(
        "resource_classes",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("organization", "type", "id"),
    )
    op.create_table(
        "resource_drivers",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("account_types", sa.Text(), nullable=False),
        sa.Column("inputs_schema", sa.Text(), nullable=False),
        sa.Column("target", sa.String(length=512), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.create_table(
        "resource_types",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("use", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("inputs_schema", sa.Text(), nullable=False),
        sa.Column("outputs_schema", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.execute("UPDATE leastway_schema SET version = 6")
