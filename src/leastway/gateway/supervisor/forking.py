"""A process with everything imported that a supervisor needs, which forks one for each run.

Importing takes most of a second of a processor, a fork milliseconds. `python -P -m leastway.gateway.supervisor.forking`
is started with an empty environment; its standard input is a UNIX socket, over which the server sends the reading end
of a pipe for each run, and gets the process id of the run's supervisor.

1. The token of a run is in its pipe, which the supervisor alone reads: this process never has a secret, so that no
   supervisor has one of another run in its memory.
2. It has one thread, and opens nothing: a fork has what it had when everything was imported.
3. It ends when the server does. Supervisors have sessions of their own, and go on.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import traceback
from typing import Final

from leastway.aws.calls import Hosts
from leastway.gateway.certificates import RunCa
from leastway.gateway.supervisor.beginning import begin, hide_memory
from leastway.primitives import Partition

__all__ = ["main"]

_LARGEST: Final = 16


def main() -> int:
    """Fork supervisors until the server ends; return the exit code."""
    hide_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the server asks by its id whether a supervisor lives
    requests = socket.socket(fileno=sys.stdin.fileno())
    _warm_up()
    while True:
        word, pipes, _, _ = socket.recv_fds(requests, _LARGEST, 1)
        if not word:
            return 0
        for pipe in pipes:
            pid = os.fork()
            if pid == 0:
                _supervise(requests, pipe)
            os.close(pipe)
            requests.sendall(b"%d" % pid)


def _warm_up() -> None:
    """Import and read what supervisors need later, and keep it out of the way of the garbage collector."""
    RunCa("nobody")
    Hosts(Partition.AWS, "0" * 12, services=("sts",), regions=(Partition.AWS.home_region,)).elsewhere()
    gc.collect()
    gc.freeze()


def _supervise(requests: socket.socket, pipe: int) -> None:
    """Be the supervisor of a run. It never returns, and runs no exit handler of the process that it was."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        requests.detach()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        with os.fdopen(pipe, "rb") as given:
            code = begin(given)
    except BaseException:  # noqa: BLE001 - it must not go on as the process that forks
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
