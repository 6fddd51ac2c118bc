"""A thread that takes each published checkpoint further, and never delays a request: late at worst.

What fails is tried again, with pauses that grow to a minute and hold up no other log. Only the newest checkpoint of a
log waits.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Self

from leastway.broker.logs.records import Record

__all__ = ["Follower", "LogKey"]

_log = logging.getLogger("leastway.audit")

_LONGEST_PAUSE = 60.0
"""Seconds between two attempts for a log that fails."""
_PATIENCE = 10.0
"""Seconds that the end of the server waits for an attempt that hangs; the next start goes on from there."""

LogKey = tuple[str, int]
"""A log: its organization and number."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why the last attempt for a log failed, how long it rests, and until when, by the monotonic clock."""

    what: str
    pause: float
    until: float


class Follower:
    """A thread with the checkpoints that wait for it, from `start` to `close`."""

    name = "audit-follower"
    late = "the audit logs are behind"
    """What is reported while an attempt fails."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._waiting: dict[LogKey, Record] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._failures: dict[LogKey, _Failure] = {}

    @property
    def problem(self) -> str | None:
        """Why the last attempt for a log failed; None if every log is well."""
        return next((one.what for one in list(self._failures.values())), None)

    def offer(self, record: Record) -> None:
        """Take a published checkpoint further, soon."""
        with self._lock:
            self._waiting[record.organization, record.number] = record

    def start(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Try once more what waits, and end."""
        self._closing.set()
        self._thread.join(_PATIENCE)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.close()

    def take(self, record: Record) -> None:
        """Take one checkpoint further. Errors: any; it is tried again."""
        raise NotImplementedError

    def _run(self) -> None:
        while not self._closing.wait(self._pause):
            self._round()
        self._round()

    def _round(self) -> None:
        with self._lock:
            waiting = dict(self._waiting)
        for key, record in waiting.items():
            failure = self._failures.get(key)
            if failure is not None and time.monotonic() < failure.until and not self._closing.is_set():
                continue
            try:
                self.take(record)
            except Exception as error:  # noqa: BLE001 - the others go on, and this one is tried again
                if failure is None:
                    _log.error("%s: %s", self.late, error)
                pause = min(2 * (self._pause if failure is None else failure.pause), _LONGEST_PAUSE)
                self._failures[key] = _Failure(str(error), pause, time.monotonic() + pause)
                continue
            if self._failures.pop(key, None) is not None:
                _log.info("resolved: %s", self.late)
            with self._lock:
                if self._waiting[key] == record:
                    del self._waiting[key]
