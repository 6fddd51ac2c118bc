"""The last version of a deleted credential, and the series of an account's sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table and the column, and raise the number."""
    op.create_table(
        "deleted_credentials",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("owner_kind", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "owner_kind", "owner"),
    )
    op.add_column("accounts", sa.Column("session_series", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE leastway_schema SET version = 7")
