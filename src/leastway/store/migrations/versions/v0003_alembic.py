"""From here on alembic keeps the revision. The number in leastway's own table goes on for those who know that alone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table of created objects where it is missing, drop that of schema 1, and raise the number."""
    op.create_table(
        "made_objects",
        sa.Column("grant_name", sa.String(63), primary_key=True),
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("region", sa.String(32), primary_key=True),
        sa.Column("cluster", sa.String(100), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(1024), primary_key=True),
        sa.Column("unique_id", sa.String(2048), nullable=False),
        if_not_exists=True,
    )
    op.drop_table("external_ids", if_exists=True)
    op.execute("UPDATE leastway_schema SET version = 3")
