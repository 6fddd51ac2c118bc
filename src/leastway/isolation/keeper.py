"""The thread that starts bubblewrap and stays until it has ended.

bubblewrap ends with its parent, and for the kernel the parent is the thread that started it (PR_SET_PDEATHSIG in
prctl(2)): a thread of a pool would take the sandbox with it. Once it has waited for the process, another one can have
its id, so a descriptor is opened before (pidfd_open(2)), which names this process alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

__all__ = ["Keeper"]


class Keeper:
    """Starts a program and waits for it on a thread; `ended` is set once it has. Raises OSError.

    Whoever keeps it ends it: with `kill`, or with `close` once it has ended.
    """

    process: subprocess.Popen[bytes]
    opened: int
    """A descriptor of the process, also after its end."""

    def __init__(
        self,
        command: Sequence[str],
        descriptors: Sequence[int],
        *,
        folder: str = "/",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.ended = threading.Event()
        self._command = command
        self._descriptors = descriptors
        self._folder = folder
        self._environment = environment or {}
        self._error: Exception | None = None
        started = threading.Event()
        threading.Thread(target=self._keep, args=(started,), name="sandbox keeper", daemon=True).start()
        started.wait()
        if self._error is not None:
            raise self._error

    def kill(self) -> None:
        """Kill bubblewrap, and with it the sandbox, and wait for its end."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.opened, signal.SIGKILL)
        self.ended.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        self.close()

    def close(self) -> None:
        """Close the descriptor of the process."""
        os.close(self.opened)

    def _keep(self, started: threading.Event) -> None:
        try:
            self._start()
        except Exception as error:  # noqa: BLE001 - it is raised again by who waits for the start
            self._error = error
            return
        finally:
            started.set()
        self.process.wait()
        self.ended.set()

    def _start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - without a shell, with an environment that is given
            (*_answering_interrupts(), *self._command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=self._descriptors,
            cwd=self._folder,
            env=self._environment,
            start_new_session=True,  # an interrupt at the server's terminal is for the server
            umask=0o077,
        )
        try:
            self.opened = os.pidfd_open(self.process.pid)
        except OSError:
            with self.process:
                self.process.kill()
            raise


def _answering_interrupts() -> tuple[str, ...]:
    """Return what undoes an ignored SIGINT, which a background process of a shell would hand down to the program."""
    return ("/usr/bin/env", "--default-signal=INT") if signal.getsignal(signal.SIGINT) is signal.SIG_IGN else ()
