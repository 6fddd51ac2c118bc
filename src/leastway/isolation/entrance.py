"""A process that enters sandboxes for this one: forked while this one has a single thread, it forks itself for each.

Only a process with a single thread can enter a user namespace, and this one has threads later. A fork takes a
millisecond where the program `entering` takes an interpreter's start. It has what this process had in memory when
`prepare_entrance` was called, so that is called before any secret is known. It ends with this process.
"""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress

from leastway.isolation import entering

__all__ = ["enter", "prepare_entrance"]

_asks: socket.socket | None = None


def prepare_entrance() -> None:
    """Fork the process. Whoever calls it has one thread, and nothing in memory that is to be kept from others."""
    global _asks  # noqa: PLW0603 - of the process, as its threads are
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        ours.close()
        with suppress(OSError):
            _serve(theirs)
        os._exit(0)
    theirs.close()
    _asks = ours


def enter(asked: int, status: int, gate: int) -> bool:
    """Let `entering.main` run with copies of these descriptors; return False if no such process was prepared."""
    if _asks is None:
        return False
    try:
        socket.send_fds(_asks, [b"e"], [asked, status, gate])
    except OSError:
        return False
    return True


def _serve(asks: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that enter
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    while True:
        word, descriptors, _, _ = socket.recv_fds(asks, 1, 3)
        if not word:
            return
        if len(descriptors) == 3 and os.fork() == 0:
            asks.close()
            try:
                entering.main(*descriptors)
            finally:
                os._exit(0)
        for one in descriptors:
            os.close(one)
