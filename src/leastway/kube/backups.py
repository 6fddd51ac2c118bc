"""Backup copies of objects that leastway changes but does not own, such as kube-system/aws-auth."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from pathlib import Path
from typing import Protocol

from leastway.errors import LeastwayError
from leastway.estate import Place
from leastway.primitives import Clock, SystemClock, write_private

__all__ = ["BackupKeeper", "Backups"]


class BackupKeeper(Protocol):
    """Keeps backup texts that a person may want to restore later."""

    def keep(self, place: Place, text: str) -> str:
        """Store `text` durably and return its location. Raises LeastwayError on failure."""
        ...


class Backups:
    """Files of mode 0600 in one folder, named after the cluster, the time and the content. Safe for threads.

    `kept` lists the copies of this run, for the report to the user. Nothing is ever deleted here.
    """

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self.kept: list[tuple[Place, str]] = []

    def keep(self, place: Place, text: str) -> str:
        """Write `text` to a new file and return its path; the same text in the same second gives one file."""
        time = self._clock.now().astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        path = self._folder / f"aws-auth-{'-'.join(part for part in place if part)}-{time}-{digest}.json"
        try:
            write_private(path, text)
        except OSError as error:
            raise LeastwayError(
                f"the backup cannot be written, so nothing was changed: {error.strerror or error}",
                where=str(path),
                fix="set LEASTWAY_STATE to a writable folder with free space",
            ) from error
        with self._lock:
            self.kept.append((place, str(path)))
        return str(path)
