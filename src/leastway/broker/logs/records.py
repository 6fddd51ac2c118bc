"""The last published checkpoint of each log, as a file outside the database.

A checkpoint is served only after its file is durable. So a database that was restored from a backup, or a replica that
lags, cannot make this server sign a smaller or a different tree than the one that others have seen.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from leastway.audit import SERVER
from leastway.errors import LeastwayError
from leastway.primitives import read_file, write_private

__all__ = ["SERVER_NAME", "Record", "Records", "log_name"]

SERVER_NAME = "_server"
"""The name of the server's own log in paths; no organization's id can have an underscore."""

_SUFFIX = ".checkpoint"
_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """A published checkpoint, as it was signed, and the number of its log."""

    organization: str
    number: int
    text: str

    @property
    def size(self) -> int:
        """How many entries the checkpoint is about."""
        return int(self.text.split("\n")[1])


def log_name(organization: str) -> str:
    """Return the name of an organization's log in paths and origins."""
    return SERVER_NAME if organization == SERVER else organization


class Records:
    """A folder with a folder for each organization, in which each of its logs has a file. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Record | None] = {}
        self._lock = threading.Lock()

    def last(self, organization: str) -> Record | None:
        """Return what was published last. Errors: LeastwayError if the folder cannot be read."""
        with self._lock:
            if organization not in self._known:
                self._known[organization] = self._read(organization)
            return self._known[organization]

    def write(self, record: Record) -> None:
        """Keep a checkpoint durably. Errors: LeastwayError; then it must not be published."""
        path = self._folder / log_name(record.organization) / f"{record.number}{_SUFFIX}"
        try:
            write_private(path, record.text)
        except OSError as error:
            raise LeastwayError(
                f"the record of the audit log's checkpoint cannot be written: {error.strerror}",
                where=str(path),
                fix="check the disk's space and the folder's permissions",
            ) from error
        with self._lock:
            self._known[record.organization] = record

    def _read(self, organization: str) -> Record | None:
        folder = self._folder / log_name(organization)
        try:
            names = [path.name.removesuffix(_SUFFIX) for path in folder.iterdir() if path.name.endswith(_SUFFIX)]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LeastwayError(
                f"the records of the audit logs cannot be read: {error.strerror}",
                where=str(folder),
                fix="check the folder's permissions",
            ) from error
        numbers = [int(name) for name in names if name.isdecimal()]
        if not numbers:
            return None
        data = read_file(folder / f"{max(numbers)}{_SUFFIX}", limit=_LIMIT)
        return Record(organization, max(numbers), data.decode("utf-8", "replace"))
