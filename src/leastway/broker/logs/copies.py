"""Copies of the logs outside the server: a thread that writes new tiles and checkpoints to a folder or a bucket.

It is never on the way of a request: a place that cannot be written makes the copy late, and nothing else. Before the
first write, the copy's own checkpoint must be the beginning of the log, so that a copy of another history is kept.

There, each log has a folder by the name of its organization (`_server` for the server's own), and a log that replaced
another one has `logs/NUMBER` below it: the paths of the HTTP API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from leastway.broker.logs.files import LogFiles
from leastway.broker.logs.following import Follower, LogKey
from leastway.broker.logs.records import Record, log_name
from leastway.errors import LeastwayError
from leastway.store import LogHead, PlatformStore, Transaction
from leastway.tlog import (
    CHECKPOINT,
    VerifierKey,
    growing_files,
    new_files,
    read_checkpoint,
    read_unsigned_size,
    root_hash,
    subtrees_in,
)

__all__ = ["LogCopies", "LogPlace"]

_PAUSE = 1.0


class LogPlace(Protocol):
    """Where the files of one log are copied: a folder, or a prefix in a bucket. Errors: LeastwayError."""

    where: str

    def read(self, path: str) -> bytes | None:
        """Return a file, or None where there is none."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file, completely or not at all."""

    def delete(self, path: str) -> None:
        """Delete a file that has a successor, or leave it."""


class LogCopies(Follower):
    """Copies to the place that `place` returns for the path of a log."""

    name = "audit-copies"
    late = "the copy of the audit logs is behind"

    def __init__(self, store: PlatformStore, place: Callable[[str], LogPlace], *, pause: float = _PAUSE) -> None:
        super().__init__(pause)
        self._store = store
        self._place = place
        self._sizes: dict[LogKey, int] = {}
        """How much of each log the place has."""

    @property
    def behind(self) -> int:
        """How many published entries the place does not have yet."""
        with self._lock:
            return sum(max(0, one.size - self._sizes.get(key, 0)) for key, one in self._waiting.items())

    def take(self, record: Record) -> None:
        """Write what is new: bundles and tiles first, then the checkpoint, then the old growing files go."""
        key = record.organization, record.number
        try:
            self._copy(key, record)
        except LeastwayError:  # another server may have written there: look again
            with self._lock:
                self._sizes.pop(key, None)
            raise

    def _copy(self, key: LogKey, record: Record) -> None:
        copy = self._place(_path(*key))
        kept, new = copy.read(CHECKPOINT), record.size
        old = 0 if kept is None else self._known(key, record, copy.where, kept)
        if kept is None:
            copy.write("key", self._file(record, "key"))
        for path in new_files(old, new):
            copy.write(path, self._file(record, path))
        if new >= old and kept != record.text.encode():
            copy.write(CHECKPOINT, record.text.encode())
            for path in growing_files(old) - growing_files(new):
                copy.delete(path)
        with self._lock:
            self._sizes[key] = max(old, new)

    def _known(self, key: LogKey, record: Record, where: str, kept: bytes) -> int:
        """Return how much the place has. Errors: LeastwayError if that is not the beginning of the log."""
        size = read_unsigned_size(kept, where=f"{where}/{CHECKPOINT}")
        if size == self._sizes.get(key):
            return size
        with self._store.reading() as transaction:
            head = _head(transaction, record)
            checkpoint = read_checkpoint(kept, VerifierKey.read(head.key), where=f"{where}/{CHECKPOINT}").checkpoint
            files = LogFiles(transaction.audit, *key, head.size, head.checkpoint)
            tree = subtrees_in(head.size, lambda tile: files.tile(tile) or b"")
            if checkpoint.size > head.size or root_hash(tree, checkpoint.size) != checkpoint.root:
                raise LeastwayError(
                    "it has a copy of another log, which this log does not continue",
                    where=where,
                    fix="keep it as evidence, and copy to another place",
                )
        return checkpoint.size

    def _file(self, record: Record, path: str) -> bytes:
        """Return a file of the log, in a transaction of its own: the place may be slow."""
        with self._store.reading() as transaction:
            head = _head(transaction, record)
            if path == "key":
                return f"{head.key}\n".encode()
            size = min(record.size, head.size)
            data = LogFiles(transaction.audit, head.organization, head.number, size, record.text).read(path)
        if data is None:
            raise LeastwayError("the log has no such file", where=path)
        return data


def _head(transaction: Transaction, record: Record) -> LogHead:
    head = transaction.audit.log(record.organization, record.number)
    if head is None:
        raise LeastwayError("the log is not in the database", where=log_name(record.organization))
    return head


def _path(organization: str, number: int) -> str:
    return log_name(organization) if number == 1 else f"{log_name(organization)}/logs/{number}"
