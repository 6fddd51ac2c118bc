"""The cloud accounts that a token is narrowed to; null for those that have no such limit, which all had before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the column, and raise the number."""
    op.add_column("tokens", sa.Column("accounts", sa.Text(), nullable=True))
    op.execute("UPDATE leastway_schema SET version = 8")
