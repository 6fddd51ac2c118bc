"""External ids by role, each account's ids for good, and the objects that leastway created or adopted.

An account had one external id for all of its roles. It stays the account's: a role without a row of its own has the
account's ids while no role of that account has a row. A leastway without alembic may have done this already, or a part
of it, and left the old table; both end the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_OWNERS = """
INSERT INTO external_id_owners (external_id, grant_name, account, given_at)
SELECT external_id, grant_name, account, given_at FROM external_ids
WHERE external_id NOT IN (SELECT external_id FROM external_id_owners)
"""
_ACCOUNTS = """
INSERT INTO role_external_ids (grant_name, account, role, number, external_id, stage)
SELECT grant_name, account, '', 0, external_id, 'settled' FROM external_ids
WHERE NOT EXISTS (
    SELECT 1 FROM role_external_ids
    WHERE role_external_ids.grant_name = external_ids.grant_name AND role_external_ids.account = external_ids.account
)
"""


def upgrade() -> None:
    """Create the tables of schema 2, where they are missing, and fill them from those of schema 1."""
    op.create_table(
        "external_id_owners",
        sa.Column("external_id", sa.String(1224), primary_key=True),
        sa.Column("grant_name", sa.String(63), nullable=False),
        sa.Column("account", sa.String(12), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "role_external_ids",
        sa.Column("grant_name", sa.String(63), primary_key=True),
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("role", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("external_id", sa.String(1224), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        if_not_exists=True,
    )
    op.execute(_OWNERS)
    op.execute(_ACCOUNTS)
    op.execute("UPDATE leastway_schema SET version = 2")
