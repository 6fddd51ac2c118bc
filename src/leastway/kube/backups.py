"""Copies of what is about to be changed and is not ours: kube-system/aws-auth, above all."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from pathlib import Path
from typing import Protocol

from leastway.errors import LeastwayError
from leastway.estate import Place
from leastway.primitives import Clock, SystemClock, write_private

__all__ = ["Backups", "Keeper"]


class Keeper(Protocol):
    """Keeps texts for the day on which somebody wants them back."""

    def keep(self, place: Place, text: str) -> str:
        """Store `text`, durably, and return where it can be found. Raises LeastwayError where that fails."""
        ...


class Backups:
    """Files of mode 0600 in one folder, named after the cluster, the time and the content. Safe for threads.

    `kept` lists what was kept so far, for whoever tells a person about it. Nothing is ever deleted here.
    """

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self.kept: list[tuple[Place, str]] = []

    def keep(self, place: Place, text: str) -> str:
        """Write `text` to a new file and return its path; the same text in the same second is one file."""
        time = self._clock.now().astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        path = self._folder / f"aws-auth-{'-'.join(part for part in place if part)}-{time}-{digest}.json"
        try:
            write_private(path, text)
        except OSError as error:
            raise LeastwayError(
                f"no backup can be written, so nothing is changed: {error.strerror or error}",
                where=str(path),
                fix="let LEASTWAY_STATE name a folder that can be written to and has room",
            ) from error
        with self._lock:
            self.kept.append((place, str(path)))
        return str(path)
