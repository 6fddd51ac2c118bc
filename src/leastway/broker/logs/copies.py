"""Copies of the logs outside the server: a thread that writes new tiles and checkpoints to a folder.

It is never on the way of a request: a folder that cannot be written makes the copy late, and nothing else. Before the
first write, the copy's own checkpoint must be the beginning of the log, so that a copy of another history is kept.

Below the folder, each log has a folder by the name of its organization (`_server` for the server's own), and a log that
replaced another one has `logs/NUMBER` below it: the paths of the HTTP API.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Self

from leastway.broker.logs.files import LogFiles
from leastway.broker.logs.records import Record, log_name
from leastway.errors import LeastwayError
from leastway.published import FolderLog
from leastway.store import LogHead, PlatformStore
from leastway.tlog import (
    CHECKPOINT,
    VerifierKey,
    growing_files,
    new_files,
    read_checkpoint,
    root_hash,
    subtrees_in,
)

__all__ = ["LogCopies"]

_log = logging.getLogger("leastway.audit")

_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
"""Seconds between two attempts while the folder cannot be written."""


class LogCopies:
    """Copies to one folder, from `start` to `close`."""

    def __init__(self, store: PlatformStore, folder: Path, *, pause: float = _PAUSE) -> None:
        self._store = store
        self._folder = folder
        self._pause = pause
        self._sizes: dict[tuple[str, int], int] = {}
        """How much of each log the folder has, by organization and number."""
        self._waiting: dict[tuple[str, int], Record] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-copies", daemon=True)
        self.problem: str | None = None
        """Why the last attempt failed; None after a good one."""

    @property
    def behind(self) -> int:
        """How many published entries the folder does not have yet."""
        with self._lock:
            return sum(_size(record.text) - self._sizes.get(key, 0) for key, record in self._waiting.items())

    def offer(self, record: Record) -> None:
        """Copy a log up to a published checkpoint, soon."""
        with self._lock:
            self._waiting[record.organization, record.number] = record

    def start(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Try once more to copy what waits, and end."""
        self._closing.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _run(self) -> None:
        pause = self._pause
        while not self._closing.wait(pause):
            self._round()
            pause = self._pause if self.problem is None else min(2 * pause, _LONGEST_PAUSE)
        self._round()

    def _round(self) -> None:
        with self._lock:
            waiting = dict(self._waiting)
        problem = None
        for key, record in waiting.items():
            try:
                self._copy(record)
            except Exception as error:  # noqa: BLE001 - the others are copied, and this one is tried again
                problem = str(error)
                continue
            with self._lock:
                if self._waiting[key] == record:
                    del self._waiting[key]
        if problem is not None and problem != self.problem:
            _log.error("the copy of the audit logs is behind: %s", problem)
        self.problem = problem

    def _copy(self, record: Record) -> None:
        """Write what is new: bundles and tiles first, then the checkpoint, then the old growing files go."""
        organization, number = record.organization, record.number
        copy = FolderLog(self._folder / _path(organization, number))
        with self._store.reading() as transaction:
            head = transaction.audit.log(organization, number)
            if head is None:
                raise LeastwayError("the log is not in the database", where=f"{copy.where}")
            files = LogFiles(transaction.audit, organization, number, min(_size(record.text), head.size), record.text)
            if (organization, number) not in self._sizes:
                self._sizes[organization, number] = self._begin(copy, head, files)
            old, new = self._sizes[organization, number], _size(record.text)
            for path in new_files(old, new):
                data = files.read(path)
                if data is None:
                    raise LeastwayError("the log has no such file", where=path)
                copy.write(path, data)
        copy.write(CHECKPOINT, record.text.encode())
        for path in growing_files(old) - growing_files(new):
            copy.delete(path)
        with self._lock:
            self._sizes[organization, number] = new

    def _begin(self, copy: FolderLog, head: LogHead, files: LogFiles) -> int:
        """Return how much the folder has. Errors: LeastwayError if that is not the beginning of the log."""
        kept = copy.read(CHECKPOINT)
        if kept is None:
            copy.write("key", f"{head.key}\n".encode())
            return 0
        checkpoint = read_checkpoint(kept, VerifierKey.read(head.key), where=f"{copy.where}/{CHECKPOINT}").checkpoint
        if (
            checkpoint.size > head.size
            or root_hash(subtrees_in(head.size, lambda tile: files.tile(tile) or b""), checkpoint.size)
            != checkpoint.root
        ):
            raise LeastwayError(
                "the folder has a copy of a log that this one does not go on from",
                where=copy.where,
                fix="keep it as evidence, and copy to another folder",
            )
        return checkpoint.size


def _path(organization: str, number: int) -> Path:
    return Path(log_name(organization)) if number == 1 else Path(log_name(organization), "logs", str(number))


def _size(text: str) -> int:
    return int(text.split("\n")[1])
