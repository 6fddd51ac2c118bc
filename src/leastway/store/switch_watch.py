"""Noticing within milliseconds that a kill switch changed, whichever process changed it.

PostgreSQL tells its listeners on commit; should the connection that listens be lost, the generation is still read once
in a while. SQLite has no notification, but a connection can ask at almost no cost whether another one has committed.
Sources: PostgreSQL, NOTIFY; SQLite, `PRAGMA data_version`.
"""

from __future__ import annotations

import threading
import time
from typing import Any, cast

from sqlalchemy import Connection, Engine, text

from leastway.store.engine import database_errors
from leastway.store.switches import CHANNEL, Switches

__all__ = ["SwitchWatch"]

_SQLITE_PAUSE = 0.02
"""Seconds between two questions to SQLite, each of which takes some microseconds."""


class SwitchWatch:
    """Waits for a change. For one thread; `stop` may be called from another one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._seen = -1
        self._version = -1
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End a wait on SQLite at once, on PostgreSQL at the end of its time."""
        self._stopped.set()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.invalidate()  # it listens, so that nobody else can use it
            self._connection.close()
            self._connection = None

    def wait(self, seconds: float) -> int:
        """Return the generation after a change, or when `seconds` have passed.

        Errors: LeastwayError if the database cannot be read; the next call connects again.
        """
        try:
            with database_errors(self._engine, "read"):
                connection = self._connected()
                if self._seen >= 0:
                    self._pause(connection, seconds)
                self._seen = Switches(connection).generation()
                return self._seen
        except Exception:
            self.close()
            self._seen = -1  # the next call does not wait, since a notification may have been missed
            raise

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if self._connection.dialect.name == "postgresql":
                self._connection.execute(text(f"LISTEN {CHANNEL}"))
            else:
                self._version = self._data_version(self._connection)
        return self._connection

    def _pause(self, connection: Connection, seconds: float) -> None:
        if connection.dialect.name == "postgresql":
            driver = cast("Any", connection.connection.driver_connection)
            for _ in driver.notifies(timeout=seconds, stop_after=1):
                pass
            return
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._stopped.wait(_SQLITE_PAUSE):
            if (version := self._data_version(connection)) != self._version:
                self._version = version
                return

    @staticmethod
    def _data_version(connection: Connection) -> int:
        driver = cast("Any", connection.connection.driver_connection)  # SQLAlchemy would take a hundred times as long
        return int(driver.execute("PRAGMA data_version").fetchone()[0])
