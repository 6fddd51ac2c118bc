"""The isolation of runs on this machine: as it is configured, and as it is when it is tried."""

from __future__ import annotations

import tempfile
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.isolation import Host, try_tier
from leastway.kube.pods import connect_pods
from leastway.orchestrator.folders import OwnFolder, make_passable_folder
from leastway.orchestrator.settings import RunSettings
from leastway.terraform import check_programs

__all__ = ["host_of", "isolation_here", "try_isolation"]


def host_of(settings: RunSettings) -> Host:
    """Return how runs are isolated. Errors: LeastwayError without isolation and without a reason for that."""
    if settings.place is not None:
        return Host.of_pods(settings.place).connected(connect_pods)
    if settings.unsafe_reason is not None:
        return Host.without_isolation(settings.unsafe_reason, user=settings.user)
    return Host.here(user=settings.user, control_group=settings.control_group)


def isolation_here(settings: RunSettings, folder: OwnFolder) -> str:
    """Make a sandbox where runs will be, and return in words what it has, or why runs cannot work here."""
    try:
        folder.take()
        words = try_isolation(settings)
        check_programs(settings.tools)
        return words
    except (LeastwayError, OSError) as error:
        return f"runs cannot work {'on this machine' if settings.place is None else 'in pods'}: {error}"


def try_isolation(settings: RunSettings) -> str:
    """Make a sandbox where runs will be, and return in words what it has. Errors: LeastwayError, OSError."""
    make_passable_folder(settings.folder)
    host = host_of(settings)
    with tempfile.TemporaryDirectory(prefix="trial-", dir=settings.folder) as trial:
        host.give(Path(trial))
        return try_tier(host, Path(trial)).words
