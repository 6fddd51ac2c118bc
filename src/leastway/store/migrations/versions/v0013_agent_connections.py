"""Connections of agents: which replica is at which server process, and when it was last seen."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table of connections, and raise the number."""
    op.create_table(
        "agent_connections",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("agent", sa.String(length=50), nullable=False),
        sa.Column("instance", sa.String(length=32), nullable=False),
        sa.Column("process", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization", "agent", "instance", "process"),
    )
    op.execute("UPDATE leastway_schema SET version = 13")
