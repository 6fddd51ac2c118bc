"""A process with everything imported that a supervisor needs, which forks one for each run.

Importing takes most of a second of a processor, a fork milliseconds. `python -P -m leastway.gateway.supervisor.forking
REGION` is started with an empty environment; its standard input is a UNIX socket, over which the server sends the
reading end of a pipe for each run, and gets the process id of the run's supervisor.

1. The token of a run is in its pipe, which the supervisor alone reads: this process never has a secret, so that no
   supervisor has one of another run in its memory.
2. It has one thread, and opens nothing: a fork has what it had when everything was imported.
3. It ends when the server does. Supervisors have sessions of their own, and go on.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Final

from leastway.aws.calls import Hosts, regions_of
from leastway.aws.calls.models import load_service
from leastway.gateway.certificates import RunCa
from leastway.gateway.supervisor.beginning import begin, hide_memory
from leastway.primitives import Partition

__all__ = ["main"]

_LARGEST: Final = 16
_IDLE: Final = 0.2
"""Seconds without a request after which it reads what a later fork may need."""
_OFTEN: Final = ("s3", "iam", "ec2")
"""Services that many modules call, and whose models are large."""


def main() -> int:
    """Fork supervisors until the server ends; return the exit code."""
    hide_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the server asks by its id whether a supervisor lives
    requests = socket.socket(fileno=sys.stdin.fileno())
    _warm_up()
    later = list(_more(sys.argv[1]))
    while True:
        if later and not select.select([requests], [], [], _IDLE)[0]:
            later.pop(0)()
            gc.freeze()
            continue
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
    load_service("sts")
    gc.collect()
    gc.freeze()


def _more(region: str) -> Iterator[Callable[[], object]]:
    """Yield what reads more for later forks, tenths of a second each: where a run may go from `region`, and models."""
    partition = Partition.of_region(region)
    if region in regions_of(partition):
        hosts = Hosts(partition, "0" * 12, regions=(region,))
        yield lambda: hosts.find(f"sts.{region}.amazonaws.com")
        yield lambda: hosts.find("iam.amazonaws.com")
    for name in _OFTEN:
        yield lambda name=name: load_service(name)  # type: ignore[misc]


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
