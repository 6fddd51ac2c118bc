"""Streams in flight: what keeps using a session after its hand-out, such as a proxy's or a tunnel's connection."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leastway.sessions import KillSwitch, Subject, SwitchesOn

__all__ = ["Streams"]

_log = logging.getLogger("leastway.broker")

Cut = Callable[[KillSwitch], None]
"""Cuts a stream. Runs on any thread, must not wait, and may be called twice."""


class Streams:
    """The streams of this process. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, tuple[tuple[Subject, ...], Cut]] = {}
        self._switches = SwitchesOn()
        self._next = 0

    @contextmanager
    def open(self, lineage: tuple[Subject, ...], cut: Cut) -> Iterator[None]:
        """Register a stream for as long as the block runs. One that a switch stops already is cut at once."""
        with self._lock:
            number = self._next = self._next + 1
            self._open[number] = (lineage, cut)
            switches = self._switches
        try:
            if (switch := switches.first_to_stop(lineage)) is not None:
                cut(switch)
            yield
        finally:
            with self._lock:
                del self._open[number]

    def see(self, switches: SwitchesOn) -> None:
        """Cut every stream that one of the switches stops."""
        with self._lock:
            self._switches = switches
            found = tuple(self._open.values())
        for lineage, cut in found:
            if (switch := switches.first_to_stop(lineage)) is None:
                continue
            try:
                cut(switch)
            except Exception:  # noqa: BLE001 - the others must still be cut
                _log.exception("a stream could not be cut")
