"""A sandbox that works in a pod.

Its folders come back when its command has ended, also after a kill: a state that Terraform could not send is in them. A
pod that gives nothing back in time is deleted. If the stream ends first, the pod's program kills everything, since the
command can reach neither AWS nor its state any more, and nothing comes back; the cluster is asked why.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

from leastway.errors import LeastwayError, internal_error
from leastway.isolation.output import OnLines, Reading, Stream
from leastway.isolation.pod.inside import STREAMS
from leastway.isolation.pod.packing import CutError, UnpackError, unpack
from leastway.isolation.pod.session import PodSession
from leastway.isolation.running import Ended, Exit, Running
from leastway.isolation.sandbox import Sandbox

__all__ = ["RunningPod", "tellable"]

_GIVES_BACK_WITHIN = 60.0
"""Seconds for what a killed sandbox left."""
_KILLED = 128 + signal.SIGKILL
_WHY = {"OOMKilled": Ended.MEMORY, "Evicted": Ended.DISK, "DeadlineExceeded": Ended.TIME}


class RunningPod(Running):
    """A sandbox in a pod whose program was told to begin. `end` deletes the pod, `why` says why it has ended."""

    def __init__(
        self,
        sandbox: Sandbox,
        session: PodSession,
        sockets: tuple[socket.socket, ...],
        *,
        end: Callable[[], None],
        why: Callable[[], str],
        on_lines: OnLines | None,
        stdout: BinaryIO | None,
    ) -> None:
        self.sockets = sockets
        self._sandbox = sandbox
        self._session = session
        self._delete = end
        self._why_ended = why
        self._because_of = Ended.BY_ITSELF
        self._word: dict[str, Any] | None = None
        self._problem: Exception | None = None
        self._exit: Exit | None = None
        self._is_over = False
        self._has_come = False
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._readings, self._last_words = self._begin_to_read(on_lines, stdout)
        self._left = threading.Thread(target=self._take_left, args=(self._pipe("left"),), daemon=True)
        self._left.start()
        self._timers: list[threading.Timer] = []
        if sandbox.limits.seconds is not None:
            self._after(sandbox.limits.seconds, lambda: self._end(Ended.TIME))
        session.hear(self._hear, self._over)

    def wait(self, timeout: float | None = None) -> Exit:
        """Wait for the end, and for the last line and folder. Raises as `Running.wait`, and LeastwayError.

        The error says which part of what the pod gave back is refused; nothing of it is on this machine then.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError("the sandbox still runs")
        for each in self._readings:
            each.wait()
        for reading in self._readings:
            if reading.error is not None:
                raise reading.error
        if self._problem is not None:
            raise LeastwayError(
                f"what goes to the pod of a sandbox or comes back from it cannot be used: {self._problem}",
                where=os.fspath(self._sandbox.folder),
            ) from self._problem
        assert self._exit is not None  # noqa: S101
        return self._exit

    def interrupt(self) -> None:
        """Send SIGINT to the program and to what it started in its session, as a terminal does."""
        self._because(Ended.INTERRUPTED)
        self._session.carrier.say({"order": "interrupt"})

    def kill(self) -> None:
        """Kill every process of the sandbox at once, and let the pod give back what it left."""
        self._end(Ended.KILLED)

    def give_up(self, error: Exception) -> None:
        """End it, because what it needs cannot be read here."""
        if self._has_come:  # the pod did not wait for all of it
            return
        self._problem = self._problem or error
        self._session.close()

    def _kill_and_wait(self) -> None:
        if not self._ended.is_set():
            self.kill()
            self._ended.wait()

    def _because(self, why: Ended) -> None:
        with self._lock:
            if self._because_of in (Ended.BY_ITSELF, Ended.INTERRUPTED) and self._word is None and not self._is_over:
                self._because_of = why

    def _end(self, why: Ended) -> None:
        self._because(why)
        self._session.carrier.say({"order": "kill"})
        self._after(_GIVES_BACK_WITHIN, self._session.close)

    def _after(self, seconds: float, act: Callable[[], object]) -> None:
        timer = threading.Timer(seconds, act)
        timer.daemon = True
        with self._lock:
            if self._is_over:
                return
            self._timers.append(timer)
        timer.start()

    def _pipe(self, name: str) -> BinaryIO:
        """Return where a stream of the pod can be read."""
        reading, writing = os.pipe()
        self._session.carrier.carry(STREAMS[name], writes=writing)
        return os.fdopen(reading, "rb")

    def _begin_to_read(self, on_lines: OnLines | None, stdout: BinaryIO | None) -> tuple[tuple[Reading, ...], BinaryIO]:
        """Read both streams; return the readings, and where a last line for standard error can be written."""
        limit = self._sandbox.limits.output
        own, last = os.pipe()
        readings = (
            Reading(self._pipe("stdout"), Stream.STDOUT, limit, stdout or on_lines),
            Reading(self._pipe("stderr"), Stream.STDERR, limit, on_lines),
            Reading(os.fdopen(own, "rb"), Stream.STDERR, limit, on_lines),
        )
        return readings, os.fdopen(last, "wb", buffering=0)

    def _hear(self, word: dict[str, Any]) -> None:
        if isinstance(word.get("code"), int) and isinstance(word.get("begun"), bool):
            with self._lock:
                self._word = self._word or word

    def _over(self) -> None:
        """Take the end of the stream, on a thread of its own, since the cluster is asked for its reason."""
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
        threading.Thread(target=self._finish, name="sandbox pod end", daemon=True).start()

    def _finish(self) -> None:
        """Take the end, whatever happens here: who waits for the sandbox would wait for ever."""
        with ExitStack() as ending:
            ending.callback(self._ended.set)
            ending.callback(self._delete)
            ending.callback(self._session.close)
            for timer in self._timers:
                timer.cancel()
            try:
                with self._last_words:
                    code, why = self._read_end()
                for each in self._readings:
                    each.wait()
                self._exit = Exit(code, why, any(each.is_cut for each in self._readings))
            except Exception as error:  # noqa: BLE001 - who waits for the sandbox gets it
                self._problem = self._problem or tellable(error)

    def _read_end(self) -> tuple[int, Ended]:
        """Return the exit code and why it ended; that its pod ended first is the last line of its standard error."""
        self._left.join()
        word, why, said = self._word, self._because_of, ""
        if word is None:
            said = self._session.why()
            with suppress(LeastwayError):
                said = self._why_ended() or said
            if why is not Ended.KILLED and why is not Ended.TIME:
                why = next((each for reason, each in _WHY.items() if reason in said), Ended.LOST)
        elif not word["begun"]:
            why = Ended.NOT_BEGUN if why is Ended.BY_ITSELF else why
        elif not self._has_come:
            self._problem = self._problem or UnpackError(str(word.get("problem") or "not all of it came")[:500])
        code = _KILLED if word is None else word["code"] & 0xFF
        for each in self._readings[:-1]:
            each.wait()
        if said and why is not Ended.KILLED and self._problem is None:
            with suppress(OSError):
                self._last_words.write(f"leastway: the sandbox ended with its pod: {said}\n".encode())
        return code, why

    def _take_left(self, source: BinaryIO) -> None:
        """Put what the pod gives back in place of the writable folders, once all of it has come."""
        made: list[Path] = []
        try:
            with source:
                if source.peek(1):  # type: ignore[attr-defined]  # else the folders stay as they are
                    self._replace(source, made)
        except CutError:  # the end of the pod says whether that matters
            pass
        except Exception as error:  # noqa: BLE001 - who waits for the sandbox gets it
            self._problem = tellable(error)
            self._session.close()
        finally:
            for each in made:
                shutil.rmtree(each, ignore_errors=True)

    def _replace(self, source: BinaryIO, made: list[Path]) -> None:
        """Unpack into new folders, and let each take the place of its own; `made` are to be removed in any case."""
        writable = self._sandbox.writable
        made += map(_beside, writable)
        unpack(source, dict(enumerate(map(os.fspath, made))), largest=self._sandbox.limits.disk)
        self._has_come = True
        for new, folder in zip(tuple(made), writable, strict=True):
            new.chmod(stat.S_IMODE(folder.stat().st_mode))
            made.append(_beside(folder))
            folder.rename(made[-1] / folder.name)
            new.rename(folder)


def tellable(error: Exception) -> Exception:
    """Return an error as who waits for the sandbox is told it: one that nobody expects by its type alone."""
    return error if isinstance(error, LeastwayError | UnpackError | OSError) else internal_error(error)


def _beside(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
