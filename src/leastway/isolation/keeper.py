"""The thread that starts bubblewrap and stays until it has ended.

bubblewrap ends with its parent, and for the kernel the parent is the thread that started it (PR_SET_PDEATHSIG in
prctl(2)): a thread of a pool would take the sandbox with it.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

__all__ = ["Keeper"]


class Keeper:
    """Starts a program and waits for it on a thread; `ended` is set once it has. Raises OSError."""

    process: subprocess.Popen[bytes]

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
        self._error: OSError | None = None
        started = threading.Event()
        threading.Thread(target=self._keep, args=(started,), name="sandbox keeper", daemon=True).start()
        started.wait()
        if self._error is not None:
            raise self._error

    def kill(self) -> None:
        """Kill bubblewrap, and with it the sandbox, and wait for its end."""
        with suppress(ProcessLookupError):
            self.process.kill()
        self.ended.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _keep(self, started: threading.Event) -> None:
        try:
            self.process = subprocess.Popen(  # noqa: S603 - without a shell, with an environment that is given
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=self._descriptors,
                cwd=self._folder,
                env=self._environment,
                start_new_session=True,  # an interrupt at the server's terminal is for the server
                umask=0o077,
            )
        except OSError as error:
            self._error = error
            return
        finally:
            started.set()
        self.process.wait()
        self.ended.set()
