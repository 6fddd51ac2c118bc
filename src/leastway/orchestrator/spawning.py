"""Starts supervisors of runs: processes of their own sessions, with an empty environment, which outlive this one.

They are forks of one process that has imported everything, because that takes longer than all the rest of their start.
It knows no token and no run; when this process ends, it reads the end of its standard input and ends too.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from leastway.errors import LeastwayError
from leastway.gateway.proxy import Outside
from leastway.gateway.supervisor import SupervisorStart, start_line
from leastway.isolation import Host
from leastway.primitives import Secret

__all__ = ["Supervisors"]

_LOG: Final = "supervisors.log"
_FORKED_WITHIN: Final = 60.0
"""Seconds for a fork, also while everything is still being imported."""


class Supervisors:
    """The supervisors that this process starts; they dial `control`. Thread-safe.

    `outside` is the way to AWS. What they log themselves is in a file of `folder`. `region` is where most runs work.
    """

    def __init__(self, control: Path, host: Host, outside: Outside, folder: Path, region: str) -> None:
        self._control = control
        self._region = region
        self._host = host
        self._outside = outside
        self._log = folder / _LOG
        self._forking: _Forking | None = None
        self._lock = threading.Lock()
        with suppress(OSError):  # then it is started when it is needed
            self._forking = _Forking(self._log, self._region)

    def start(self, run: str, token: Secret) -> int:
        """Start the supervisor of a run; return its process id. Errors: LeastwayError if it cannot be started."""
        line = start_line(SupervisorStart(self._control, run, token, self._host, self._outside))
        try:
            with self._lock:
                try:
                    return self._fork(line)
                except OSError:  # somebody killed the process that forks
                    return self._fork(line)
        except OSError as error:
            raise LeastwayError(
                f"the run's supervisor cannot be started: {error.strerror or error}",
                where=str(self._log),
                fix="look at the machine's memory and processes",
            ) from error

    def close(self) -> None:
        """End the process that forks. Supervisors go on."""
        with self._lock:
            forking, self._forking = self._forking, None
        if forking is not None:
            forking.close()

    def _fork(self, line: bytes) -> int:
        """Fork a supervisor; a process that could not is not asked again. Errors: OSError."""
        forking, self._forking = self._forking or _Forking(self._log, self._region), None
        try:
            pid = forking.fork(line)
        except OSError:
            forking.close()
            raise
        self._forking = forking
        return pid


class _Forking:
    """The process that forks. Errors of all methods: OSError."""

    def __init__(self, log: Path, region: str) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._requests.settimeout(_FORKED_WITHIN)
        with theirs, log.open("ab") as file:
            log.chmod(0o600)
            self._process = subprocess.Popen(  # noqa: S603 - a program of ours
                [sys.executable, "-P", "-m", "leastway.gateway.supervisor.forking", region],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=file,
                env={},
                cwd="/",
                start_new_session=True,
            )

    def fork(self, line: bytes) -> int:
        """Fork a supervisor and give it its settings; return its process id."""
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as pipe:
            try:
                socket.send_fds(self._requests, [b"f"], [reading])
            finally:
                os.close(reading)
            answer = self._requests.recv(16)
            if not answer:
                raise BrokenPipeError("it ended at once")
            pipe.write(line)
        return int(answer)

    def close(self) -> None:
        """End it."""
        self._requests.close()
        self._process.kill()
        self._process.wait()
