"""The one engine of a process, opened when its first workflow needs it: DBOS can be launched once in a process.

Whoever has a workflow registers it before any work starts. On PostgreSQL, a process that opens its engine also
continues the registered workflows of processes that died. In a rehearsal the server's process is the customer's too,
whose rotation opens an engine of its own: the server's work waits until that is closed.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.jobs.engine import Engine, Workflow, open_database, open_file

__all__ = ["SharedEngine"]

_PATIENCE = 60.0
"""Seconds that it waits for another engine of this process to be closed. Then the work is refused and logged, and is
tried again.
"""


class SharedEngine:
    """Opens the engine once. Thread-safe.

    `file` is the record of the steps where `database`, the URL of a database that processes share, is None.
    """

    def __init__(self, file: Path, database: str | None) -> None:
        self._file = file
        self._database = database
        self._workflows: list[Workflow] = []
        self._lock = threading.Lock()
        self._opened = ExitStack()
        self._engine: Engine | None = None
        self._is_closed = False

    def register(self, workflow: Workflow) -> None:
        """Add a workflow. Errors: AssertionError once the engine is open."""
        with self._lock:
            assert self._engine is None, "the engine knows its workflows when it opens"  # noqa: S101
            self._workflows.append(workflow)

    @property
    def is_shared(self) -> bool:
        """Whether engines of other processes work on the same workflows."""
        return self._database is not None

    @property
    def is_open(self) -> bool:
        """Whether the engine is open already."""
        return self._engine is not None

    def get(self) -> Engine:
        """Return the engine. Errors: LeastwayError if it cannot be opened, or the process is ending."""
        with self._lock:
            if self._is_closed:
                raise LeastwayError("the server is stopping", fix="send the request again")
            if self._engine is None:
                opening = (
                    open_file(self._file, self._workflows, patience=_PATIENCE)
                    if self._database is None
                    else open_database(self._database, self._workflows, patience=_PATIENCE)
                )
                self._engine = self._opened.enter_context(opening)
            return self._engine

    def close(self) -> None:
        """Begin no other step, wait for those that are running, and close the engine."""
        with self._lock:
            self._is_closed = True
            self._opened.close()
