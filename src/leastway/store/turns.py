"""One process at a time, where two could both find nothing and both create it: the tables, an external id.

Next to a SQLite file is a lock file, which the system releases however its holder ends. PostgreSQL has advisory locks,
which end with their connection. The second process waits, for a limited time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, func, select

from leastway.errors import LeastwayError
from leastway.primitives import Clock, FileLock, advisory_key
from leastway.store.shown_url import shown_url

__all__ = ["one_at_a_time"]

_PATIENCE = 60.0
_PAUSE = 0.05
"""Seconds. The work in a turn takes milliseconds."""


@contextmanager
def one_at_a_time(engine: Engine, about: str, clock: Clock) -> Iterator[None]:
    """Hold the turn for `about`. Errors: LeastwayError if another process does not release it."""
    match engine.url.get_backend_name():
        case "sqlite":
            with _file_lock(Path(f"{engine.url.database}.lock"), clock):
                yield
        case "postgresql":
            with _advisory_lock(engine, about, clock):
                yield
        case _:
            yield


@contextmanager
def _file_lock(path: Path, clock: Clock) -> Iterator[None]:
    """Hold one lock for the whole store: one file for each turn would be left behind."""
    try:
        lock = FileLock(path)
    except OSError as error:
        raise LeastwayError(
            f"the store cannot be opened, because its lock file cannot be written: {error.strerror}",
            where=str(path),
            fix="check that its folder is writable",
        ) from error
    with lock:
        _wait(lock.take, str(path), clock)
        yield


@contextmanager
def _advisory_lock(engine: Engine, about: str, clock: Clock) -> Iterator[None]:
    key = advisory_key(about)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        where = shown_url(engine.url)
        _wait(lambda: bool(connection.scalar(select(func.pg_try_advisory_lock(key)))), where, clock)
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(key)))


def _wait(take: Callable[[], bool], where: str, clock: Clock) -> None:
    give_up = clock.monotonic() + _PATIENCE
    while not take():
        if clock.monotonic() >= give_up:
            raise LeastwayError(
                f"another run has locked the store for {_PATIENCE:.0f} seconds",
                where=where,
                fix="find out what it is waiting for; run the same command again when it has ended",
            )
        clock.sleep(_PAUSE)
