"""A command without isolation, for machines that allow none, with a written reason.

It has its own environment, session, user (of a root server) and limits. It sees the whole machine as that user, reaches
every address, and what it starts in another session outlives it. Only one can use a port at a time.
"""

from __future__ import annotations

import os
import resource
import shutil
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from leastway.errors import LeastwayError
from leastway.isolation.host import Host, as_user, program
from leastway.isolation.keeper import Keeper
from leastway.isolation.limiting import limits_of_processes
from leastway.isolation.output import OnLines, readings_of
from leastway.isolation.running import Running, RunningHere
from leastway.isolation.sandbox import LOOPBACK, TEMPORARY, Sandbox, mode_of

__all__ = ["launch_unisolated"]

_NAMES = {
    resource.RLIMIT_CORE: "core",
    resource.RLIMIT_FSIZE: "fsize",
    resource.RLIMIT_NOFILE: "nofile",
    resource.RLIMIT_MEMLOCK: "memlock",
    resource.RLIMIT_MSGQUEUE: "msgqueue",
    resource.RLIMIT_DATA: "data",
}
"""The options of prlimit(1). The number of processes is missing: it would count those of the whole machine."""


def launch_unisolated(sandbox: Sandbox, host: Host, *, on_lines: OnLines | None, stdout: BinaryIO | None) -> Running:
    """Start a command without isolation. Raises LeastwayError if it cannot start, or a port is taken."""
    with ExitStack() as undone:
        sockets = tuple(_listening(port, undone) for port in sandbox.ports)
        folders = _written(sandbox, host, undone)
        limits = limits_of_processes(sandbox.limits, is_counted=False)
        command = (
            *as_user(host.user),
            *(program("setpriv"), "--pdeathsig", "KILL", "--no-new-privs", program("prlimit")),
            *(f"--{_NAMES[kind]}={value}" for kind, value in limits.items() if kind in _NAMES),
            *("--", *sandbox.command),
        )
        environment = {"PATH": os.defpath, "HOME": TEMPORARY, "LANG": "C.UTF-8"} | sandbox.revealed_environment()
        try:
            keeper = Keeper(command, (), folder=os.fspath(sandbox.folder), environment=environment)
        except OSError as error:
            raise LeastwayError(f"the command does not start: {error.strerror}", where=sandbox.command[0]) from error
        undone.callback(keeper.kill)
        readings = readings_of(keeper, sandbox.limits, on_lines=on_lines, stdout=stdout)
        running = RunningHere(
            sandbox,
            keeper,
            pid=keeper.process.pid,
            first=None,
            status=None,
            sockets=sockets,
            readings=readings,
            group=None,
            folders=folders,
        )
        undone.pop_all()
    return running


def _listening(port: int, undone: ExitStack) -> socket.socket:
    try:
        return undone.enter_context(socket.create_server((LOOPBACK, port)))
    except OSError as error:
        raise LeastwayError(
            f"port {port} is taken: {error.strerror}", fix="without isolation, one run at a time can have it"
        ) from error


def _written(sandbox: Sandbox, host: Host, undone: ExitStack) -> tuple[Path, ...]:
    """Write the files of a sandbox to the disk, for its user only, and return their folders, which are removed."""
    folders = tuple({Path(inside).parent for inside in sandbox.files})
    for folder in folders:
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise LeastwayError(f"a folder cannot be made: {error.strerror}", where=os.fspath(folder)) from error
        undone.callback(shutil.rmtree, folder, ignore_errors=True)
    for inside, content in sandbox.files.items():
        with os.fdopen(os.open(inside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode_of(content)), "wb") as file:
            file.write(content)
    for folder in folders:
        host.give(folder)
    return folders
