"""The engine of a store, and the database's errors in leastway's words."""

from __future__ import annotations

import errno
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from leastway.errors import InvalidInputError, LeastwayError, OutOfReachError
from leastway.primitives import Clock, make_private_folder
from leastway.store.migrations import prepare
from leastway.store.shown_url import shown_url
from leastway.store.turns import one_at_a_time

__all__ = ["database_errors", "failure", "open_engine"]

_PATIENCE = {
    "connect_timeout": 10,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""After about ten seconds, a database that a network has swallowed is an error; TCP alone would wait for hours.

Source: PostgreSQL, "Database Connection Control Functions"; the URL may say otherwise.
"""


def open_engine(where: str | Path, clock: Clock, *, variable: str, fix: str) -> Engine:
    """Open the store at a file's path or a database URL, and bring its tables to today's schema.

    `variable` gives the URL, and `fix` says what to do about a store that cannot be opened or is damaged.
    Errors: LeastwayError if the database cannot be reached or was written by a newer leastway.
    """
    url = _url(where, variable)
    try:
        if url.get_backend_name() == "sqlite":
            _make_private(Path(url.database or ""))
        engine = _engine(url)
        with one_at_a_time(engine, "the tables", clock), engine.begin() as connection:
            prepare(connection, fix)
    except (DatabaseError, OSError, ValueError) as error:  # ValueError: a column holds something other than text
        told = error.strerror if isinstance(error, OSError) else getattr(error, "orig", None) or error
        why = str(told).strip().partition("\n")[0]
        raise LeastwayError(
            f"the store cannot be opened: {why}",
            where=shown_url(url),
            fix=fix,
        ) from error
    return engine


@contextmanager
def database_errors(engine: Engine, what: str) -> Iterator[None]:
    """Translate the database's errors into `failure`, except for a rejected row, which the caller handles."""
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, sqlite3.Error, ValueError) as error:  # ValueError: a column holds no text
        raise failure(engine, what, error) from error


def failure(engine: Engine, what: str, error: Exception) -> OutOfReachError:
    """Return the error for a store that cannot be `what`: read, written."""
    why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return OutOfReachError(
        f"the store cannot be {what}: {why}",
        where=shown_url(engine.url),
        fix="check its disk space and that no other program locks it, then run the same command again",
    )


def _make_private(path: Path) -> None:
    make_private_folder(path.parent)
    path.touch(mode=0o600, exist_ok=True)
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))


def _url(where: str | Path, variable: str) -> URL:
    if isinstance(where, str) and "://" in where:
        try:
            return make_url(where)
        except (ArgumentError, ValueError) as error:  # ValueError: the port is not a number
            raise InvalidInputError(
                f"{variable} is not a valid database URL", fix="write it as postgresql+psycopg://user@host/name"
            ) from error
    return URL.create("sqlite", database=str(where))


def _engine(url: URL) -> Engine:
    given = _PATIENCE if url.drivername == "postgresql+psycopg" else {}
    try:
        engine = create_engine(url, connect_args={name: of for name, of in given.items() if name not in url.query})
    except (NoSuchModuleError, ImportError, ValueError) as error:  # ValueError: a driver name with three parts
        raise InvalidInputError(
            f"no driver for {url.drivername!r} is installed",
            fix="use SQLite or PostgreSQL; for PostgreSQL: pip install psycopg, and postgresql+psycopg://user@host/name",
        ) from error
    if url.get_backend_name() == "sqlite":

        @event.listens_for(engine, "connect")
        def _durable(connection: object, _record: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]  # sqlite3's own connection
            cursor.execute(
                "PRAGMA busy_timeout=10000"
            )  # first, because the change of the journal mode waits for others too
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.close()

    return engine
