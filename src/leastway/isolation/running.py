"""A sandbox that runs: its sockets, its end, and the ways to end it.

`Running` is what every kind has; `RunningHere` is one of this machine. When this process ends, however it ends, the
kernel kills bubblewrap, then the sandbox's first process, then all others in it; without isolation it kills the first
process alone. This follows the thread that started bubblewrap, so that thread stays until the sandbox has ended.
"""

from __future__ import annotations

import abc
import enum
import logging
import os
import shutil
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from leastway.isolation.control_group import ControlGroup
from leastway.isolation.keeper import Keeper
from leastway.isolation.output import Reading
from leastway.isolation.processes import kill_all, memory_of, size_of, unlinked_size_of, with_descendants
from leastway.isolation.sandbox import Limits, Sandbox

__all__ = ["Ended", "Exit", "Running", "RunningHere"]

_log = logging.getLogger("leastway.isolation")

_LOOK_EVERY = 0.25
_HEARS_WITHIN = 2.0


class Ended(enum.StrEnum):
    """Why a sandbox ended."""

    BY_ITSELF = "by itself"
    INTERRUPTED = "interrupted"
    KILLED = "killed"
    DISK = "too much disk"
    MEMORY = "too much memory"
    TIME = "too much time"
    LOST = "with its pod"
    NOT_BEGUN = "not begun"


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of a sandbox: its exit code (128 and the signal's number after a signal), and why it ended.

    After an interrupt the reason is INTERRUPTED, also if the program would have ended anyway. NOT_BEGUN means that the
    program never ran, and LOST that its pod or the stream to that ended first; why is the last line of stderr. `is_cut`
    means that it printed more than the limit.
    """

    code: int
    ended: Ended
    is_cut: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the program ended by itself and reports success."""
        return self.code == 0 and self.ended is Ended.BY_ITSELF


class Running(abc.ABC):
    """A sandbox that runs. Leaving `with` kills what still runs and closes the sockets."""

    sockets: tuple[socket.socket, ...]
    """Listening sockets, at which the connections to its ports come out, in their order."""

    @abc.abstractmethod
    def wait(self, timeout: float | None = None) -> Exit:
        """Wait for the end, and for the last line. Raises TimeoutError, and what the receiver of lines raised."""

    @abc.abstractmethod
    def interrupt(self) -> None:
        """Send SIGINT to the program and to what it started in its session, as a terminal does."""

    @abc.abstractmethod
    def kill(self) -> None:
        """Kill every process of the sandbox at once."""

    @abc.abstractmethod
    def _kill_and_wait(self) -> None:
        """Kill what still runs, and wait for its end."""

    def stop(self, *, grace: float, after_second: float = 10) -> Exit:
        """Interrupt, interrupt again after `grace` seconds, and kill `after_second` seconds later."""
        for seconds in (grace, after_second):
            self.interrupt()
            with suppress(TimeoutError):
                return self.wait(seconds)
        self.kill()
        return self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._kill_and_wait()
        with suppress(Exception):  # an error of the receiver of lines must not hide the one that ends the block
            self.wait()
        for each in self.sockets:
            each.close()


class RunningHere(Running):
    """A sandbox of this machine, or a command without isolation."""

    def __init__(
        self,
        sandbox: Sandbox,
        keeper: Keeper,
        *,
        pid: int,
        first: int | None,
        status: int | None,
        sockets: tuple[socket.socket, ...],
        readings: tuple[Reading, ...],
        group: ControlGroup | None,
        folders: tuple[Path, ...] = (),
    ) -> None:
        """Take over a sandbox that is about to run.

        `pid` is its first process, which may have ended; `first` is a descriptor of that if it is not the keeper's own,
        and is closed here. bubblewrap, if there is one, reports to `status`; `folders` are removed at the end.
        """
        self.sockets = sockets
        self.pid = pid
        self._keeper = keeper
        self._status = status
        self._readings = readings
        self._group = group
        self._folders = folders
        self._why = Ended.BY_ITSELF
        self._exit: Exit | None = None
        self._lock = threading.Lock()
        self._first = keeper.opened if first is None else first
        threading.Thread(target=self._watch, args=(sandbox,), name="sandbox watch", daemon=True).start()

    def wait(self, timeout: float | None = None) -> Exit:
        """Wait for the end, and for the last line. Raises TimeoutError, and what the receiver of lines raised."""
        if not self._keeper.ended.wait(timeout):
            raise TimeoutError("the sandbox still runs")
        for each in self._readings:
            each.wait()
        with self._lock:
            if self._exit is None:
                self._exit = self._read_exit()
        for each in self._readings:
            if each.error is not None:
                raise each.error
        return self._exit

    def _read_exit(self) -> Exit:
        """Read the end from bubblewrap's status, which has an exit code only if the program was started."""
        if self._first != self._keeper.opened:
            os.close(self._first)
        self._keeper.close()
        has_begun = True
        if self._status is not None:
            with os.fdopen(self._status, "rb") as file:
                has_begun = b"exit-code" in file.read()
        if self._group is not None:
            self._group.remove()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        code = self._keeper.process.returncode
        why = self._why
        if not has_begun and why is Ended.BY_ITSELF:
            why = Ended.NOT_BEGUN if code > 0 else Ended.KILLED  # somebody else killed bubblewrap
        return Exit(code if code >= 0 else 128 - code, why, any(each.is_cut for each in self._readings))

    def interrupt(self) -> None:
        """Send SIGINT to the program and to what it started in its session, as a terminal does."""
        self._because(Ended.INTERRUPTED)
        ends = time.monotonic() + _HEARS_WITHIN
        while not self._keeper.ended.is_set():
            with self._lock, suppress(ProcessLookupError):
                if self._exit is not None:
                    return
                self._check_first()
                if self._hears_interrupts() or time.monotonic() > ends:
                    os.killpg(self.pid, signal.SIGINT)
                    return
            time.sleep(0.002)

    def _check_first(self) -> None:
        """Raise ProcessLookupError if the first process was waited for: then its id may be another's."""
        signal.pidfd_send_signal(self._first, 0)

    def _hears_interrupts(self) -> bool:
        """Whether the first process has made its session, and in a sandbox has started the program.

        The first process of a PID namespace ignores what it does not handle, so alone it would swallow the signal.
        Source: pid_namespaces(7), "The namespace init process".
        """
        has_session = os.getpgid(self.pid) == self.pid
        return has_session and (self._status is None or len(with_descendants(self.pid)) > 1)

    def kill(self) -> None:
        """Kill every process of the sandbox at once."""
        self._end(Ended.KILLED)

    def _kill_and_wait(self) -> None:
        self.kill()
        self._keeper.ended.wait()

    def _because(self, why: Ended) -> None:
        with self._lock:
            if self._why in (Ended.BY_ITSELF, Ended.INTERRUPTED) and not self._keeper.ended.is_set():
                self._why = why

    def _end(self, why: Ended) -> None:
        self._because(why)
        with self._lock, suppress(ProcessLookupError):
            if self._exit is None:
                self._check_first()
                if self._status is None:  # nothing ends with the first process by itself
                    kill_all(with_descendants(self.pid)[1:])
                signal.pidfd_send_signal(self._first, signal.SIGKILL)

    def _watch(self, sandbox: Sandbox) -> None:
        """Kill the sandbox when it exceeds what no limit of the kernel stops."""
        began = time.monotonic()
        limits = sandbox.limits
        pause = _LOOK_EVERY
        is_failing = False
        while not self._keeper.ended.wait(pause):
            looked = time.monotonic()
            try:
                if (why := self._exceeded(sandbox, limits, looked - began)) is not None:
                    self._end(why)
            except Exception as error:  # noqa: BLE001 - without this thread, nothing would end it at its limits
                if not is_failing:
                    _log.warning("what a sandbox uses cannot be read now, and is read again: %s", error)
                is_failing = True
            pause = max(_LOOK_EVERY, 4 * (time.monotonic() - looked))  # at most a fifth of one processor

    def _exceeded(self, sandbox: Sandbox, limits: Limits, seconds: float) -> Ended | None:
        if limits.seconds is not None and seconds > limits.seconds:
            return Ended.TIME
        processes = with_descendants(self.pid)
        if memory_of(processes) > limits.memory:
            return Ended.MEMORY
        if sum(map(size_of, sandbox.writable)) + unlinked_size_of(processes) > limits.disk:
            return Ended.DISK
        return None
