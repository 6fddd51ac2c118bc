"""What the server reads all the time, in a database that has been used for years beside a new one.

The large one has 50,000 runs that ended and a million audit entries of their AWS calls; both have 20 runs that have not
ended, and 50 changes. Each reading is one transaction. `tests/with-postgresql` measures PostgreSQL in place of SQLite.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leastway.registry import Run, RunStatus
from leastway.store import NewEntry, PlatformStore, Transaction, open_platform_store
from tests.databases import new_postgresql
from tests.runs import run_of

RUNS, ENTRIES = 50_000, 1_000_000
FEW = 20
TOGETHER = 2_000
ROUNDS = 25
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
READINGS: dict[str, Callable[[Transaction], object]] = {
    "runs that have not ended, every second": lambda of: of.runs.unfinished(),
    "the newest 50 runs": lambda of: of.runs.of("acme", 50),
    "those that have not ended": lambda of: of.runs.of("acme", 50, unfinished=True),
    "those of an environment": lambda of: of.runs.of("acme", 50, place=("app-7", "dev")),
    "those of a resource": lambda of: of.runs.of_resource("acme", f"{7:040}"),
    "the newest 50 changes": lambda of: of.audit.changes("acme", most=50),
}


def main() -> None:
    """Print the median of each reading in both databases."""
    with _store() as small, _store() as large:
        for store in (small, large):
            _add_runs(store, 0, FEW, RunStatus.QUEUED)
            _add_entries(store, 0, 50, is_change=True)
        for start in range(FEW, RUNS, TOGETHER):
            _add_runs(large, start, min(start + TOGETHER, RUNS), RunStatus.SUCCEEDED)
        for start in range(50, ENTRIES, 10 * TOGETHER):
            _add_entries(large, start, min(start + 10 * TOGETHER, ENTRIES), is_change=False)
        for name, read in READINGS.items():
            new, old = (_median(store, read) for store in (small, large))
            print(f"{name}: {new:.2f} ms in the new database, {old:.2f} ms in the large one", flush=True)


@contextmanager
def _store() -> Iterator[PlatformStore]:
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        if not os.environ.get("LEASTWAY_TEST_POSTGRESQL"):
            with open_platform_store(Path(folder, "leastway.db")) as store:
                yield store
            return
        with new_postgresql() as url, open_platform_store(url) as store:
            yield store


def _add_runs(store: PlatformStore, start: int, stop: int, status: RunStatus) -> None:
    with store.writing() as transaction:
        for number in range(start, stop):
            transaction.runs.add(_run(number, status))


def _run(number: int, status: RunStatus) -> Run:
    return run_of(
        f"{number:036}",
        application=f"app-{number % 50}",
        guresid=f"{number % 2_000:040}",
        definition=f"definition-{number % 20}",
        created_at=BEGAN + timedelta(minutes=number),
        status=status,
    )


def _add_entries(store: PlatformStore, start: int, stop: int, *, is_change: bool) -> None:
    rows = [
        NewEntry("acme", BEGAN + timedelta(seconds=number), b'{"action":"aws.called"}' + bytes(400), is_change)
        for number in range(start, stop)
    ]
    with store.writing() as transaction:
        transaction.audit.append_placed(1, start, rows)


def _median(store: PlatformStore, read: Callable[[Transaction], object]) -> float:
    took: Sequence[float] = [_seconds(store, read) for _ in range(ROUNDS)]
    return statistics.median(took) * 1e3


def _seconds(store: PlatformStore, read: Callable[[Transaction], object]) -> float:
    began = time.perf_counter()
    with store.reading() as transaction:
        read(transaction)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
