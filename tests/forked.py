"""Processes that tests fork from one that has loaded what they need.

multiprocessing has one fork server in a process, and preloads the modules that were named last before it started. So
they are named here, once for all: a file that named its own would let the processes of all others load theirs anew.
"""

from __future__ import annotations

import multiprocessing

__all__ = ["PROCESSES"]

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.preloaded"])
