"""External ids by account, the files that grants' names belong to, and the sites that a grant touched."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of schema 1."""
    op.create_table("leastway_schema", sa.Column("version", sa.Integer, primary_key=True))
    op.execute("INSERT INTO leastway_schema (version) VALUES (1)")
    op.create_table(
        "external_ids",
        sa.Column("grant_name", sa.String(63), primary_key=True),
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("external_id", sa.String(1224), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("external_id", name="one_external_id_for_one_account"),
    )
    op.create_table(
        "grant_files",
        sa.Column("grant_name", sa.String(63), primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
    )
    op.create_table(
        "touched_sites",
        sa.Column("grant_name", sa.String(63), primary_key=True),
        sa.Column("realm", sa.String(16), primary_key=True),
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("region", sa.String(32), primary_key=True),
        sa.Column("cluster", sa.String(100), primary_key=True),
    )
