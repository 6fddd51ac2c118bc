"""Which processes share a database at the moment, for as long as each keeps its connection.

A process that was alone when it joined cannot tell whether the database is the one that it knew: it may be a restored
backup. One that joined others can ask them, in what they have written. On SQLite a file lock keeps others out.
Source: PostgreSQL, "Advisory Locks".
"""

from __future__ import annotations

from contextlib import suppress
from typing import Self

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from leastway.primitives import advisory_key
from leastway.store.engine import database_errors

__all__ = ["Membership"]

_KEY = advisory_key("members")


class Membership:
    """This process among those that use the database; `was_alone` when it joined."""

    def __init__(self, engine: Engine) -> None:
        """Join. Errors: LeastwayError if the database cannot be reached."""
        self.was_alone = True
        self._connection: Connection | None = None
        if engine.dialect.name != "postgresql":
            return
        with database_errors(engine, "read"):
            connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                self.was_alone = bool(connection.scalar(select(func.pg_try_advisory_lock(_KEY))))
                connection.execute(select(func.pg_advisory_lock_shared(_KEY)))
                if self.was_alone:
                    connection.execute(select(func.pg_advisory_unlock(_KEY)))
            except BaseException:
                connection.invalidate()
                connection.close()
                raise
        self._connection = connection

    def is_held(self) -> bool:
        """Whether the connection is still the one that joined: while it is, the database is the same."""
        if self._connection is None:
            return True
        if self._connection.closed or self._connection.invalidated:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def leave(self) -> None:
        """Leave, which the end of the process does as well."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):  # it may be closed already
                self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()
