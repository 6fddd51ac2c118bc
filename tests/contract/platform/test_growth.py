"""What is read of tables that grow with every run, deployment and AWS call is found by an index, however many rows.

SQLite chooses an index by the statement alone, so the plan of an empty database is that of a large one. PostgreSQL has
the same indexes, and chooses by what is in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from leastway.store import PlatformStore, Transaction, open_platform_store
from tests.databases import new_sqlite
from tests.runs import NOW

PLACE = ("acme", "shop", "dev")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PlatformStore]:
    with open_platform_store(new_sqlite(tmp_path / "leastway.db")) as store:
        yield store


@contextmanager
def plans() -> Iterator[list[str]]:
    """Collect the plan of each statement that SQLite carries out within the block."""
    found: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "DELETE")):
            found.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda of: of.runs.unfinished(), "ix_runs_status (status=?)"),
        (lambda of: of.runs.of("acme", 50), "ix_runs_organization (organization=?)"),
        (lambda of: of.runs.of("acme", 50, unfinished=True), "ix_runs_unfinished (organization=? AND status=?)"),
        (lambda of: of.runs.of("acme", 50, place=("shop", "dev")), "ix_runs_environment"),
        (lambda of: of.runs.of_definition("acme", "bucket", 50), "ix_runs_definition"),
        (lambda of: of.runs.of_resource("acme", "a" * 40), "ix_runs_guresid (organization=? AND guresid=?)"),
        (lambda of: of.runs.unfinished_of("acme", "a" * 40), "ix_runs_guresid (organization=? AND guresid=?)"),
        (lambda of: of.runs.failed_destructions(*PLACE), "ix_runs_environment"),
        (lambda of: of.runs.calls("run", 50), "sqlite_autoindex_run_calls_1 (run=?)"),
        (lambda of: of.runs.lines("run", 7, 50), "sqlite_autoindex_run_lines_1 (run=? AND number>?)"),
        (lambda of: of.states.of_place(*PLACE), "ix_runs_environment"),
        (lambda of: of.states.forget_accesses("acme", "a" * 40, NOW), "ix_state_accesses_state"),
        (lambda of: of.deployments.unfinished(), "ix_deployments_status (status=?)"),
        (lambda of: of.deployments.last(*PLACE), "ix_deployments_environment"),
        (lambda of: of.deployments.has_run(PLACE, "run"), "ix_deployment_nodes_run (run=?)"),
        (lambda of: of.audit.changes("acme", most=50), "audit_entries_changes (organization=?)"),
        (
            lambda of: of.audit.changes("acme", since=NOW, before=(NOW, 7), most=50),
            "audit_entries_changes (organization=? AND at>?)",
        ),
        (lambda of: of.audit.entries("acme", 1, 0, 50), "audit_entries_positions"),
        (lambda of: of.audit.pending(50), "audit_entries_pending"),
        (lambda of: of.sessions.unexpired(NOW), "ix_broker_sessions_expires_at"),
    ],
)
def test_what_grows_is_read_by_an_index(
    store: PlatformStore, read: Callable[[Transaction], object], index: str
) -> None:
    with store.writing() as transaction, plans() as found:
        read(transaction)
    assert any(index in line for line in found), found
    read_whole = [line for line in found if line.startswith("SCAN") and "audit_entries_pending" not in line]
    assert not read_whole, "a table is read from its first row to its last"
