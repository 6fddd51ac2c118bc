"""Keys of accounts that replace others, as far as the server got."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the table, and raise the number."""
    op.create_table(
        "key_rotations",
        sa.Column("organization", sa.String(length=50), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_before", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("places", sa.Text(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_by", sa.String(length=36), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization", "account", "version"),
    )
    op.create_index("key_rotations_due", "key_rotations", ["state", "next_at"], unique=False)
    op.execute("UPDATE leastway_schema SET version = 14")
