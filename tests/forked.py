"""Processes that tests fork from one that has loaded what they need.

multiprocessing has one fork server in a process, and preloads the modules that were named last before it started. So
they are named here, once for all: a file that named its own would let the processes of all others load theirs anew.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

__all__ = ["PROCESSES", "started"]

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.preloaded"])


def started(
    main: Callable[[], None], arguments: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path
) -> BaseProcess:
    """Start a program of this process's Python that need not load its modules again; `log` gets standard error."""
    process = PROCESSES.Process(target=_be, args=(main, arguments, environment, folder, log), daemon=True)
    process.start()
    return process


def _be(
    main: Callable[[], None], arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> None:
    nothing, told = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, stream in enumerate((nothing, nothing, told)):
        os.dup2(stream, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[:] = arguments
    main()
