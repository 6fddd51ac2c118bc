"""The begin of a supervisor, in a process with one thread and without secrets."""

from __future__ import annotations

import ctypes
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO, Final

from leastway.errors import LeastwayError
from leastway.gateway.control import from_wire
from leastway.gateway.supervisor.starting import SupervisorStart
from leastway.gateway.supervisor.supervising import Supervisor
from leastway.isolation import prepare_entrance

__all__ = ["begin", "hide_memory"]

_LONGEST_LINE: Final = 1 << 20
_PR_SET_DUMPABLE: Final = 4


def hide_memory() -> None:
    """Let no core be made of this process, and no other process of this user look into it: it will have sessions."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def begin(take: Callable[[], BinaryIO | None]) -> int:
    """Supervise one run, which the first line of what `take` returns names, to its end; return the exit code.

    Everything that needs no run is done before `take` is called, which waits for one; None means that none comes.
    """
    # An interrupt of the server's terminal is not for the run. It is not ignored, because commands would inherit that.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    prepare_entrance()
    given = take()
    if given is None:
        return 0
    try:
        start = from_wire(SupervisorStart, json.loads(given.readline(_LONGEST_LINE)))
    except (ValueError, LeastwayError):
        sys.stderr.write("the supervisor of a run is started by leastway's server, not by hand\n")
        return 2
    given.close()
    if start.host.place is not None:
        from leastway.kube.pods import connect_pods

        start = replace(start, host=start.host.connected(connect_pods))
    return Supervisor(start).supervise()
