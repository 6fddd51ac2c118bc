"""The process ends with its parent, however that ends.

Two signs, whichever comes first: end of file on standard input, whose other end only the parent holds, and (on
Linux) the parent's pidfd, for the case that a process forked by the parent inherited that other end. Neither needs
the parent to do anything, so SIGKILL is covered. What this process started (a real kube-apiserver and its etcd) ends
first, so that nothing writes into the folder any more when it is removed.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import threading
import time

from leastway.sandbox.program import kill_programs

__all__ = ["end_with_parent"]

_ATTEMPTS = 100
_INTERVAL = 0.02
"""Seconds; a killed program is gone within a few of these."""


def end_with_parent(folder: str) -> None:
    """Watch the parent from a daemon thread; when it is gone, end the programs, remove `folder` and leave at once."""
    watched = [0]
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):  # gone already, or a kernel without pidfds: standard input tells
            watched.append(os.pidfd_open(os.getppid()))
    threading.Thread(target=_wait, args=(watched, folder), name="lifeline", daemon=True).start()


def _wait(watched: list[int], folder: str) -> None:
    while True:
        readable, _, _ = select.select(watched, [], [])
        if watched[0] not in readable or not os.read(watched[0], 1024):
            kill_programs()
            _remove(folder)
            os._exit(0)


def _remove(folder: str) -> None:
    """Remove the folder; again, for as long as a program that was killed has not left it yet."""
    for _ in range(_ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(_INTERVAL)
