"""Contracts of grants: what the platform's server enforces."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table of contracts, and raise the number."""
    op.create_table(
        "contracts",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("grant", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("organization", "grant", "account", "version"),
    )
    op.create_index("contracts_of_account", "contracts", ["organization", "account"], unique=False)
    op.execute("UPDATE leastway_schema SET version = 9")
