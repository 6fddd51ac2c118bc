"""Indexes for what is read of tables that grow with every run."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the indexes, and raise the number."""
    place = ["organization", "application", "environment", "created_at"]
    op.create_index("ix_runs_environment", "runs", place, unique=False)
    op.create_index("ix_runs_definition", "runs", ["organization", "definition", "created_at"], unique=False)
    op.create_index("ix_runs_unfinished", "runs", ["organization", "status"], unique=False)
    op.drop_index("ix_runs_guresid", "runs")
    op.create_index("ix_runs_guresid", "runs", ["organization", "guresid", "created_at"], unique=False)
    op.create_index("ix_deployment_nodes_run", "deployment_nodes", ["run"], unique=False)
    op.create_index("ix_state_accesses_state", "state_accesses", ["organization", "state"], unique=False)
    op.execute("UPDATE leastway_schema SET version = 16")
