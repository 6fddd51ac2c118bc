"""The process ends with its parent, however that ends.

Two signs, whichever comes first: end of file on standard input, whose other end only the parent holds, and (on
Linux) the parent's pidfd, for the case that a process forked by the parent inherited that other end. Neither needs
the parent to do anything, so SIGKILL is covered.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import threading

__all__ = ["end_with_parent"]


def end_with_parent(folder: str) -> None:
    """Watch the parent from a daemon thread; when it is gone, remove `folder` and leave at once."""
    watched = [0]
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):  # gone already, or a kernel without pidfds: standard input tells
            watched.append(os.pidfd_open(os.getppid()))
    threading.Thread(target=_wait, args=(watched, folder), name="lifeline", daemon=True).start()


def _wait(watched: list[int], folder: str) -> None:
    while True:
        readable, _, _ = select.select(watched, [], [])
        if watched[0] not in readable or not os.read(watched[0], 1024):
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(0)
