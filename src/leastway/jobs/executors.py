"""The processes that share a PostgreSQL database: each holds an advisory lock on its executor id while it lives.

PostgreSQL releases the lock when the connection ends, however the process ended. A process that can take the lock of
another executor knows that it is dead, and continues its work. DBOS's open-source edition leaves that work pending.

A process that loses the connection that holds its lock ends at once: others already continue its work, and two would
run the same step. A pooler that gives a connection to another client between two transactions (PgBouncer in
transaction mode) breaks this: connect without it.
Source: PostgreSQL, "Advisory Locks"; DBOS 3.4.0, `DBOS._recover_pending_workflows`, which is internal: a test checks
that it exists.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import psycopg

from leastway.errors import LeastwayError
from leastway.primitives import advisory_key

__all__ = ["Executors"]

_LOG = logging.getLogger("leastway.jobs")
_LOOK = 1.0
"""Seconds between two looks: at the own connection, at dead executors, and at work to try again."""
_AGAIN = 30.0
"""Seconds after which a workflow whose step raised is tried again."""
_LOST = 70
"""The exit code of a process that lost its lock (EX_SOFTWARE of sysexits.h)."""


def _key(executor: str) -> int:
    return advisory_key(f"executor {executor}")


class Executors:
    """The lock of this executor, and the search for dead ones."""

    def __init__(self, url: str, executor: str) -> None:
        self._executor = executor
        self._later: dict[str, float] = {}
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        try:
            self._connection = psycopg.connect(
                url.replace("+psycopg", "", 1),
                autocommit=True,
                connect_timeout=10,
                application_name="leastway executor",
            )
        except psycopg.Error as error:
            raise LeastwayError(
                f"the database cannot be reached: {str(error).strip().partition(chr(10))[0]}",
                fix="check that PostgreSQL runs, and the database URL",
            ) from error
        if not self._take(executor):
            self._connection.close()
            raise LeastwayError(
                "another process has this executor id", where=executor, fix="give each process an id of its own"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._connection.close()

    @contextmanager
    def if_dead(self, executor: str) -> Iterator[bool]:
        """Hold the lock of another executor if it is dead; yield whether it is."""
        if executor == self._executor or not self._take(executor):
            yield False
            return
        try:
            yield True
        finally:
            self._connection.execute("SELECT pg_advisory_unlock(%s)", (_key(executor),))

    def later(self, workflow: str, until: dt.datetime | None) -> None:
        """Try a workflow again at `until`, or after a while."""
        now = dt.datetime.now(dt.UTC)
        with self._lock:
            self._later[workflow] = (until or now + dt.timedelta(seconds=_AGAIN)).timestamp()

    @contextmanager
    def watching(self, recover: Callable[[], None], go_on: Callable[[str], None]) -> Iterator[None]:
        """Until the end of the block: continue the work of dead executors, and work whose time has come."""
        thread = threading.Thread(target=self._watch, args=(recover, go_on), name="leastway executors", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def _watch(self, recover: Callable[[], None], go_on: Callable[[str], None]) -> None:
        while not self._is_over.wait(_LOOK):
            try:
                self._connection.execute("SELECT 1")
            except psycopg.Error:
                _die()
            try:
                recover()
                for workflow in self._due():
                    go_on(workflow)
            except Exception as error:  # noqa: BLE001 - the next look tries again; a lost lock is found there
                _LOG.warning("work cannot be continued now: %s", type(error).__name__)

    def _due(self) -> list[str]:
        now = dt.datetime.now(dt.UTC).timestamp()
        with self._lock:
            due = [workflow for workflow, when in self._later.items() if when <= now]
            for workflow in due:
                del self._later[workflow]
        return due

    def _take(self, executor: str) -> bool:
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (_key(executor),)).fetchone()
        return bool(row and row[0])


def _die() -> None:
    _LOG.critical("the connection that holds this process's lock is lost, so it ends")
    os._exit(_LOST)
