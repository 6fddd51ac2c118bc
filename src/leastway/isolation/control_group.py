"""A control group for one sandbox, in a folder that was delegated to this process.

The kernel then counts the memory and the processes of all of the sandbox. The folder must be of version 2 and have the
controllers `memory` and `pids` for its children (`cgroup.subtree_control`). Source: the kernel's documentation,
"Control Group v2".
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.isolation.sandbox import Limits

__all__ = ["CONTROLLERS", "ControlGroup"]

CONTROLLERS = ("memory", "pids")
_EMPTY_WITHIN = 5.0


class ControlGroup:
    """A group that exists until `remove`. Raises LeastwayError if the folder is not delegated."""

    def __init__(self, delegated: Path, limits: Limits) -> None:
        self._folder = delegated / f"leastway-{secrets.token_hex(8)}"
        try:
            self._folder.mkdir()
            try:
                self._write("memory.max", limits.memory)
                self._write("memory.swap.max", 0, is_optional=True)  # absent on a kernel without swap
                self._write("memory.oom.group", 1)
                self._write("pids.max", limits.processes)
            except OSError:
                self._folder.rmdir()
                raise
        except OSError as error:
            raise _refused(delegated, error) from error

    def add(self, pid: int) -> None:
        """Move a process into the group; what it starts is in it too."""
        try:
            self._write("cgroup.procs", pid)
        except OSError as error:
            raise _refused(self._folder.parent, error) from error

    def remove(self) -> None:
        """Remove the group once its last process has ended."""
        ends = time.monotonic() + _EMPTY_WITHIN
        while True:
            try:
                self._folder.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                if time.monotonic() > ends:
                    return  # an empty group takes nothing; the next start of the machine removes it
                time.sleep(0.01)
            else:
                return

    def _write(self, name: str, value: int, *, is_optional: bool = False) -> None:
        """Write one value into a file that the kernel has made; one that does not exist is never created."""
        try:
            number = os.open(self._folder / name, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            if is_optional:
                return
            raise
        try:
            os.write(number, str(value).encode())
        finally:
            os.close(number)


def _refused(delegated: Path, error: OSError) -> LeastwayError:
    return LeastwayError(
        f"the control group cannot be used: {error.strerror}",
        where=os.fspath(delegated),
        fix=f"delegate a group of version 2 with {' and '.join(CONTROLLERS)}, or name none: docs/isolation.md",
    )
