"""The sandbox of a run's next command, made while the command before it runs.

Making one takes as long as a small command of Terraform needs to begin, and runs nothing of the sandbox's. Each command
still begins in a sandbox of its own, in which nothing of the one before is alive.
"""

from __future__ import annotations

import threading
from typing import BinaryIO

from leastway.isolation import Host, OnLines, Prepared, PreparedPod, Running, Sandbox, launch, prepare

__all__ = ["Ahead"]


class Ahead:
    """At most one sandbox that waits. Thread-safe."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._made: Prepared | PreparedPod | None = None
        self._lock = threading.Lock()

    def make(self, sandbox: Sandbox) -> None:
        """Make a sandbox, in place of one that waits, after one that is being launched. Errors: LeastwayError."""
        if not self._host.is_isolated:
            return
        with self._lock:
            if self._made is None or not self._made.is_of(sandbox):
                self._end()
                self._made = prepare(sandbox, self._host)

    def launch(self, sandbox: Sandbox, *, on_lines: OnLines, stdout: BinaryIO | None) -> Running:
        """Launch a sandbox: the one that waits, if it is this one. Errors: LeastwayError, as of `isolation.launch`."""
        with self._lock:
            made, self._made = self._made, None
            if made is not None and made.is_of(sandbox):
                return made.begin(on_lines=on_lines, stdout=stdout)
            try:
                return launch(sandbox, self._host, on_lines=on_lines, stdout=stdout)
            finally:
                if made is not None:
                    made.close()

    def close(self) -> None:
        """End what waits."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        made, self._made = self._made, None
        if made is not None:
            made.close()
