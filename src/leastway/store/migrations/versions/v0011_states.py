"""Terraform states: their versions, locks, and what attempts of runs may do with them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the tables of states, and raise the number."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "states",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=512), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id"),
    )
    op.create_table(
        "state_versions",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("state", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lineage", sa.String(length=128), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("written_at", time, nullable=False),
        sa.Column("run", sa.String(length=36), nullable=True),
        sa.Column("user", sa.String(length=36), nullable=True),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("organization", "state", "version"),
    )
    op.create_table(
        "state_locks",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("state", sa.String(length=63), nullable=False),
        sa.Column("lock", sa.String(length=64), nullable=False),
        sa.Column("access", sa.LargeBinary(length=32), nullable=False),
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("info", sa.Text(), nullable=False),
        sa.Column("locked_at", time, nullable=False),
        sa.PrimaryKeyConstraint("organization", "state"),
    )
    op.create_table(
        "state_accesses",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("state", sa.String(length=63), nullable=False),
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("expires_at", time, nullable=False),
        sa.Column("ended_at", time, nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_state_accesses_run", "state_accesses", ["run"], unique=False)
    op.execute("UPDATE leastway_schema SET version = 11")
