"""A process with everything imported that a supervisor needs, which forks one for each run.

Importing takes most of a second of a processor, a fork milliseconds. So as not to wait for these either, a supervisor
is forked while nothing is asked for, and waits for its run. `python -P -m leastway.gateway.supervisor.forking
REGION` is started with an empty environment; its standard input is a UNIX socket, over which the server sends the
reading end of a pipe for each run, and gets the process id of the run's supervisor.

1. The token of a run is in its pipe, which the supervisor alone reads: this process never has a secret, so that no
   supervisor has one of another run in its memory.
2. It has one thread, and opens nothing but a socket to the supervisor that waits: a fork has what it had when
   everything was imported. None waits when another one is forked, so that none has the socket of another.
3. It ends when the server does, and so does the supervisor that waits. Others have sessions of their own, and go on.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final

from leastway.gateway.supervisor.beginning import begin, hide_memory
from leastway.gateway.supervisor.warming import later, warm_up

__all__ = ["main"]

_LARGEST: Final = 16
_IDLE: Final = 0.2
"""Seconds without a request after which it reads what a later fork may need, or forks the supervisor that waits."""


def main() -> int:
    """Fork supervisors until the server ends; return the exit code."""
    hide_memory()
    gc.set_threshold(10_000)  # as `leastway.cli` does, which says why
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the server asks by its id whether a supervisor lives
    requests = socket.socket(fileno=sys.stdin.fileno())
    warm_up()
    unread = list(later(sys.argv[1]))
    waiting: _Waiting | None = None
    while True:
        if waiting is None and not select.select([requests], [], [], _IDLE)[0]:
            if unread:
                unread.pop(0)()
                gc.freeze()
            else:
                with suppress(OSError):  # it is tried again
                    waiting = _Waiting(requests)
            continue
        word, pipes, _, _ = socket.recv_fds(requests, _LARGEST, 1)
        if not word:
            return 0
        for pipe in pipes:
            pid = waiting.pid if waiting is not None and waiting.give(pipe) else _fork(requests, pipe)
            waiting = None
            os.close(pipe)
            requests.sendall(b"%d" % pid)


class _Waiting:
    """A supervisor that waits for its run."""

    def __init__(self, requests: socket.socket) -> None:
        self._given, taken = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with taken:
            self.pid = os.fork()
            if self.pid == 0:
                self._given.close()  # before it forks itself: its end tells that this process has ended
                _supervise(requests, lambda: _received(taken))
        self._process = os.pidfd_open(self.pid)

    def give(self, pipe: int) -> bool:
        """Give it its run, of which the pipe tells; return whether it was still there."""
        with self._given:
            try:
                signal.pidfd_send_signal(self._process, 0)  # what it forked may still hold its end of the socket
                socket.send_fds(self._given, [b"r"], [pipe])
            except OSError:  # somebody killed it
                return False
            finally:
                os.close(self._process)
        return True


def _fork(requests: socket.socket, pipe: int) -> int:
    """Fork a supervisor whose run is told by this pipe; return its process id."""
    pid = os.fork()
    if pid == 0:
        _supervise(requests, lambda: os.fdopen(pipe, "rb"))
    return pid


def _received(taken: socket.socket) -> BinaryIO | None:
    """Wait for the pipe of a run, and return it; return None if none comes any more."""
    with taken:
        pipes = socket.recv_fds(taken, _LARGEST, 1)[1]
    return os.fdopen(pipes[0], "rb") if pipes else None


def _supervise(requests: socket.socket, take: Callable[[], BinaryIO | None]) -> None:
    """Be the supervisor of a run. It never returns, and runs no exit handler of the process that it was."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        requests.detach()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        code = begin(take)
    except BaseException:  # noqa: BLE001 - it must not go on as the process that forks
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
