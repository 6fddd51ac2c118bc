"""The thread of each process that notices a change of the kill switches within milliseconds, and cleans up."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from leastway.broker.gate import Gate
from leastway.broker.live import Sessions
from leastway.broker.switching import Switching
from leastway.errors import LeastwayError
from leastway.primitives import Clock
from leastway.store import PlatformStore

__all__ = ["Watcher"]

_log = logging.getLogger("leastway.broker")

_ROUND = 0.5
"""Seconds after which the generation is read although nothing was noticed."""
_BETWEEN_CLEANINGS = 5.0
_BETWEEN_REMOVALS = 3600.0
_KEPT = timedelta(days=7)
"""How long the store keeps sessions that have expired."""


class Watcher:
    """Watches until `close`. Whatever fails is tried again, and logged once."""

    def __init__(
        self, store: PlatformStore, gate: Gate, switching: Switching, sessions: Sessions, clock: Clock
    ) -> None:
        self._store = store
        self._gate = gate
        self._switching = switching
        self._sessions = sessions
        self._clock = clock
        self._stopped = threading.Event()
        self._failing = False
        self._watch = store.switch_watch()
        self._cleaned = self._removed = clock.monotonic()
        self._thread = threading.Thread(target=self._run, name="leastway-watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching, and wait for the thread."""
        self._stopped.set()
        self._watch.stop()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if self._watch.wait(_ROUND) != self._gate.generation:
                    self._gate.look()
                self._clean()
                self._failing = False
            except Exception as error:  # noqa: BLE001 - the thread must not end
                if not self._failing:
                    expected = isinstance(error, LeastwayError)
                    _log.error("the kill switches cannot be watched: %s", error, exc_info=not expected)
                self._failing = True
                self._sessions.sweep()
                self._stopped.wait(_ROUND)
        self._watch.close()

    def _clean(self) -> None:
        now = self._clock.monotonic()
        if now - self._cleaned < _BETWEEN_CLEANINGS and not (self._failing and self._gate.held):
            return
        self._cleaned = now
        self._sessions.sweep()
        self._switching.settle()
        if now - self._removed >= _BETWEEN_REMOVALS:
            self._removed = now
            with self._store.writing() as transaction:
                transaction.sessions.forget(transaction.now - _KEPT)
