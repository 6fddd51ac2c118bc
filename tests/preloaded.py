"""Imported in the fork server of the tests (`tests.forked`): what its processes import, so that none does it again.

A module that needs an extra may be missing: processes of tests that need it are not started then.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Final

__all__ = ["MODULES", "tell_what_is_loaded"]

MODULES: Final = (
    "leastway.cli.commands.serve",
    "leastway.cli.group",
    "tests.integration.deployments.killable",
    "tests.integration.jobs.workers",
    "tests.integration.life.rotating",
    "tests.integration.life.run",
    "tests.integration.runs.armed",
    "tests.integration.server.killed_changes",
    "tests.integration.server.killed_deployments",
    "tests.integration.server.killed_rotations",
)
_LOADED_BY: Final = os.getpid()

gc.set_threshold(10_000)  # as `leastway` itself does
for module in MODULES:
    with suppress(ImportError):
        import_module(module)
gc.freeze()  # garbage collections of a process skip what all processes share


def tell_what_is_loaded(pipe: Connection) -> None:
    """Tell whether the parent of this process imported this file, and which of the modules are here."""
    pipe.send((os.getppid() == _LOADED_BY, [name for name in MODULES if name in sys.modules]))
