"""Audit entries, durable: 16 writers through the ledger, beside a bare loop of the same database.

Each writer waits for its entry to be durable before it enters the next, as a request does. On SQLite the proof of an
entry is there with its commit; "proof" is the time until a signed checkpoint has it. The bare loop is one connection
that commits rows of the same length, 16 in a transaction, with no log, no signature and no waiting threads. Turns of
one second alternate, so that both see the same machine, and the median of the turns is taken.

Goals: 5,000 entries a second with a p99 of 50 ms on SQLite. PostgreSQL is reported, if LEASTWAY_TEST_POSTGRESQL names
one.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from leastway.audit import Actor, AuditedRequest, Entry, canonical
from leastway.broker.ledger import Ledger
from leastway.broker.logs import LogKeeper, Records, Sequencer
from leastway.store import open_platform_store
from leastway.tlog import Signer

WRITERS = 16
TURNS = 5
SECONDS = 1.0


@dataclass
class Turn:
    """What one turn did."""

    entries: int
    seconds: float
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.entries / self.seconds


def main() -> None:
    """Print entries a second, waits and ratios for each database."""
    print(f"{'':<34}{'entries':>11}{'of bare':>9}{'p50':>10}{'p99':>10}{'proof p99':>11}")
    with tempfile.TemporaryDirectory() as folder:
        _compare("SQLite", str(Path(folder) / "leastway.db"), lambda: _bare_sqlite(Path(folder) / "bare.db"))
    url = os.environ.get("LEASTWAY_TEST_POSTGRESQL")
    if url:
        _compare("PostgreSQL", url, lambda: _bare_postgresql(url))
    else:
        print("PostgreSQL: skipped, LEASTWAY_TEST_POSTGRESQL names none")


def _compare(name: str, store: str, bare: Callable[[], Turn]) -> None:
    bares: list[Turn] = []
    ours: dict[str, list[Turn]] = {"16 tasks of one loop": [], "16 threads": []}
    proofs: list[float] = []
    with _ledger(store, proofs) as ledger:
        _tasks(ledger)  # once beforehand: everything is imported and compiled
        proofs.clear()
        for _ in range(TURNS):
            bares.append(bare())
            ours["16 tasks of one loop"].append(_tasks(ledger))
            ours["16 threads"].append(_threads(ledger))
    base = statistics.median(turn.rate for turn in bares)
    print(f"{name + ', bare, 16 a commit':<34}{base:>9,.0f}/s{1:>8.2f}x")
    for how, turns in ours.items():
        rate = statistics.median(turn.rate for turn in turns)
        waits = sorted(wait for turn in turns for wait in turn.waits)
        line = f"{name + ', ' + how:<34}{rate:>9,.0f}/s{rate / base:>8.2f}x{_ms(waits, 0.5)}{_ms(waits, 0.99)}"
        print(line + _ms(sorted(proofs), 0.99, 11))


def _ms(values: list[float], share: float, width: int = 10) -> str:
    return f"{values[int(len(values) * share)] * 1000:>{width - 3}.1f} ms" if values else f"{'':>{width}}"


def _entry() -> Entry:
    return Entry(
        "acme",
        datetime.now(UTC),
        Actor("3b1f8f0e-6f0c-4b5e-9c3d-2a1b0c9d8e7f", "ci"),
        "credentials.handed-out",
        "arn:aws:iam::111122223333:role/humanitec-deploy",
        details={"account": "prod", "session": "s-0123456789abcdef", "expires_at": "2026-11-28T13:00:00Z"},
        request=AuditedRequest("GET", "/credentials/acme/prod", 200),
    )


@contextmanager
def _ledger(store: str, proofs: list[float]) -> Iterator[Ledger]:
    class Timed(LogKeeper):
        """Measures from the start of a batch to a signed checkpoint that has it."""

        def append(self, transaction, entries):  # type: ignore[no-untyped-def]  # as the keeper's
            self.began = time.perf_counter()
            return super().append(transaction, entries)

        def accept(self, sequenced):  # type: ignore[no-untyped-def]  # as the keeper's
            super().accept(sequenced)
            if sequenced is not None:
                proofs.append(time.perf_counter() - self.began)

    with tempfile.TemporaryDirectory() as folder, open_platform_store(store) as platform:
        records = Records(Path(folder))
        sequencer = Sequencer("benchmark.example", lambda origin: Signer(origin, bytes(32)), records)
        with Timed(platform, sequencer, records) as keeper, Ledger(platform, lambda _: None, logs=keeper) as ledger:
            yield ledger


def _tasks(ledger: Ledger) -> Turn:
    async def write(end: float, waits: list[float]) -> None:
        while (began := time.perf_counter()) < end:
            await ledger.record(_entry)
            waits.append(time.perf_counter() - began)

    async def run() -> Turn:
        waits: list[float] = []
        began = time.perf_counter()
        await asyncio.gather(*[write(began + SECONDS, waits) for _ in range(WRITERS)])
        return Turn(len(waits), time.perf_counter() - began, waits)

    return asyncio.run(run())


def _threads(ledger: Ledger) -> Turn:
    waits: list[float] = []

    def write(end: float) -> None:
        while (began := time.perf_counter()) < end:
            ledger.submit(_entry).result()
            waits.append(time.perf_counter() - began)

    began = time.perf_counter()
    threads = [threading.Thread(target=write, args=(began + SECONDS,)) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Turn(len(waits), time.perf_counter() - began, waits)


def _bare_sqlite(path: Path) -> Turn:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, at TEXT, entry BLOB)")
    rows = [("2026-11-28 12:00:00", canonical(_entry()))] * WRITERS
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entries (at, entry) VALUES (?, ?)", rows)
        connection.execute("COMMIT")
        count += WRITERS
    turn = Turn(count, time.perf_counter() - began)
    connection.close()
    return turn


def _bare_postgresql(url: str) -> Turn:
    import psycopg

    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare_entries (id BIGSERIAL PRIMARY KEY, at TEXT, entry BYTEA)")
        rows = [("2026-11-28 12:00:00", canonical(_entry()))] * WRITERS
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany("INSERT INTO bare_entries (at, entry) VALUES (%s, %s)", rows)
            count += WRITERS
        return Turn(count, time.perf_counter() - began)


if __name__ == "__main__":
    main()
