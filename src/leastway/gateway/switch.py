"""The switch of one run: alive, asleep or killed, and the connections that a kill cuts.

A kill shuts each connection down from outside, which ends a read or write that another thread is blocked in. Later
connections are accepted, so that they get an answer that says why nothing is signed. While the server is lost, asks
fail by themselves; connections in flight are cut after a few seconds, because a kill could not be heard.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from leastway.errors import LeastwayError

__all__ = ["AsleepError", "KilledError", "RunSwitch"]


class KilledError(LeastwayError):
    """The run was killed: nothing is signed any more."""


class AsleepError(LeastwayError):
    """The run sleeps: nothing is signed for the moment."""


@dataclass(frozen=True, slots=True)
class _State:
    phase: str
    killed: str | None = None
    asleep: str | None = None


class RunSwitch:
    """The state of a run, pushed by the server. Thread-safe; `check` takes no lock. It implements `Orders`."""

    def __init__(self, *, phase: str = "plan", adrift_seconds: float = 5.0) -> None:
        self._state = _State(phase)
        self._adrift_seconds = adrift_seconds
        self._in_flight: dict[int, socket.socket] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    @property
    def current_phase(self) -> str:
        """The phase of the run."""
        return self._state.phase

    @property
    def why_killed(self) -> str | None:
        """Why the run was killed, None while it is alive."""
        return self._state.killed

    def check(self) -> None:
        """Refuse to sign unless the run is alive and awake. Errors: KilledError, AsleepError."""
        state = self._state
        if state.killed is not None:
            raise KilledError(f"this run was stopped: {state.killed}", fix="start a new run once the reason is gone")
        if state.asleep is not None:
            raise AsleepError(
                f"this run may not call AWS now: {state.asleep}", fix="calls are signed again when the run continues"
            )

    def killed(self, reason: str) -> None:
        """Cut every call in flight and refuse all later ones, for good. The first reason stays."""
        with self._lock:
            state = self._state
            if state.killed is None:
                self._state = _State(state.phase, reason, state.asleep)
            self._cut()

    def asleep(self, reason: str) -> None:
        """Refuse to sign until `awake`. Calls in flight end by themselves."""
        with self._lock:
            state = self._state
            self._state = _State(state.phase, state.killed, reason)

    def awake(self) -> None:
        """Sign again."""
        with self._lock:
            state = self._state
            self._state = _State(state.phase, state.killed, None)

    def phase(self, name: str) -> None:
        """Enter another phase."""
        with self._lock:
            state = self._state
            self._state = _State(name, state.killed, state.asleep)

    def adrift(self) -> None:
        """The server is lost: cut calls in flight if it does not return in time."""
        with self._lock:
            if self._timer is None:
                self._timer = threading.Timer(self._adrift_seconds, self._cut_adrift)
                self._timer.daemon = True
                self._timer.start()

    def found(self) -> None:
        """The server has returned."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            timer.join()

    @contextlib.contextmanager
    def in_flight(self, *connections: socket.socket) -> Iterator[None]:
        """Let a kill cut these connections during the block. Errors: KilledError, AsleepError, as of `check`."""
        with self._lock:
            self.check()
            self._in_flight.update((id(one), one) for one in connections)
        try:
            yield
        finally:
            with self._lock:
                for one in connections:
                    self._in_flight.pop(id(one), None)

    def close(self) -> None:
        """Cut everything and stop waiting."""
        self.found()
        with self._lock:
            self._cut()

    def _cut_adrift(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._cut()

    def _cut(self) -> None:
        for one in self._in_flight.values():
            with contextlib.suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)  # that of SSLSocket would drop its state under a reader
