"""One process at a time, where two could both find nothing and both create it: the tables, an external id.

Next to a SQLite file is a lock file, which the system releases however its holder ends. PostgreSQL has advisory locks,
which end with their connection. The second process waits, for a limited time.
Source: flock(2); PostgreSQL, "Advisory Locks".
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, func, select

from leastway.errors import LeastwayError
from leastway.primitives import Clock

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
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LeastwayError(
            f"the store cannot be opened, because its lock file cannot be written: {error.strerror}",
            where=str(path),
            fix="check that its folder is writable",
        ) from error
    try:
        _wait(lambda: _try_flock(opened), str(path), clock)
        yield
    finally:
        os.close(opened)


def _try_flock(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        return False
    return True


@contextmanager
def _advisory_lock(engine: Engine, about: str, clock: Clock) -> Iterator[None]:
    key = int.from_bytes(hashlib.sha256(f"leastway {about}".encode()).digest()[:8], signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        where = engine.url.render_as_string(hide_password=True)
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
