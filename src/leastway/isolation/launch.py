"""Start of a sandbox, in this order, so that nothing runs in it before all of it holds.

1. bubblewrap starts with an empty environment, as the sandbox's user, and makes namespaces and mounts.
2. Sockets are made in its network namespace and handed out; limits are set on its first process.
3. It gets the filter of system calls, which it waits for. If this process dies before, it gets none and refuses to go
   on: there is no moment in which the program runs without whoever watches it.

The first two steps can be done ahead of time (`prepare`): they take most of the time, and run nothing of the sandbox's.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from leastway.errors import LeastwayError
from leastway.isolation import entering
from leastway.isolation.bubblewrap import arguments, in_memory
from leastway.isolation.control_group import ControlGroup
from leastway.isolation.entrance import enter
from leastway.isolation.host import Host, HostUser, as_user
from leastway.isolation.keeper import Keeper
from leastway.isolation.limiting import limits_of_processes
from leastway.isolation.output import OnLines, readings_of
from leastway.isolation.pod.launching import PreparedPod, prepare_pod
from leastway.isolation.running import Running, RunningHere
from leastway.isolation.sandbox import Sandbox
from leastway.isolation.seccomp import seccomp_program
from leastway.isolation.unisolated import launch_unisolated

__all__ = ["Prepared", "launch", "prepare"]

_START_WITHIN = 30.0
_ENDS_WITHIN = 1.0


def launch(sandbox: Sandbox, host: Host, *, on_lines: OnLines | None = None, stdout: BinaryIO | None = None) -> Running:
    """Start a sandbox. `on_lines` gets the lines that it prints; `stdout`, if given, gets stdout as it is.

    Raises LeastwayError if it cannot start; then nothing of it has run. What is found later, such as a program that
    does not exist, is in the exit: NOT_BEGUN.
    """
    if not host.is_isolated:
        return launch_unisolated(sandbox, host, on_lines=on_lines, stdout=stdout)
    return prepare(sandbox, host).begin(on_lines=on_lines, stdout=stdout)


def prepare(sandbox: Sandbox, host: Host) -> Prepared | PreparedPod:
    """Make a sandbox whose program does not begin before `Prepared.begin`, on a host that isolates.

    Raises LeastwayError as `launch` does.
    """
    if host.place is not None:
        assert host.pods is not None, "whoever gets a host connects it"  # noqa: S101
        return prepare_pod(sandbox, host.place, host.pods)
    assert host.bubblewrap is not None, "without isolation there is nothing to make ahead of time"  # noqa: S101
    files, program = _identities(sandbox), seccomp_program()
    with ExitStack() as undone:
        status, told = os.pipe()
        undone.callback(os.close, status)
        filtered, gate = os.pipe()
        undone.callback(os.close, gate)
        entered = _Entering(status, filtered, undone)  # first: an interpreter takes longest to start
        keeper = _start(sandbox, host.bubblewrap, host.user, told, filtered)
        undone.callback(keeper.kill)
        pid, first, sockets = entered.made(sandbox, keeper, is_counted=host.control_group is not None)
        undone.callback(os.close, first)
        undone.callback(_close_all, sockets)
        group = ControlGroup(host.control_group, sandbox.limits) if host.control_group is not None else None
        if group is not None:
            undone.callback(group.remove)
            group.add(pid)
        return Prepared(
            sandbox, files, program, keeper, pid, first, status, gate, sockets, group, entered, undone.pop_all()
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sandbox that is made up to the last of the three steps: its program waits for `begin`.

    It takes a process that sleeps. It ends with this process, as one that runs does.
    """

    _sandbox: Sandbox
    _files: tuple[object, ...]
    _program: bytes
    _keeper: Keeper
    _pid: int
    _first: int
    _status: int
    _gate: int
    _sockets: tuple[socket.socket, ...]
    _group: ControlGroup | None
    _entered: _Entering
    _undone: ExitStack

    def is_of(self, sandbox: Sandbox) -> bool:
        """Return whether it is what `launch` would make of `sandbox` now: nobody has replaced what its paths name."""
        return self._sandbox == sandbox and self._files == _identities(sandbox) and not self._keeper.ended.is_set()

    def begin(self, *, on_lines: OnLines | None = None, stdout: BinaryIO | None = None) -> Running:
        """Let the program begin. Nothing else may be called afterwards."""
        with self._undone:
            readings = readings_of(self._keeper, self._sandbox.limits, on_lines=on_lines, stdout=stdout)
            running = RunningHere(
                self._sandbox,
                self._keeper,
                pid=self._pid,
                first=self._first,
                status=self._status,
                sockets=self._sockets,
                readings=readings,
                group=self._group,
            )
            self._undone.pop_all()
        with suppress(BrokenPipeError), os.fdopen(self._gate, "wb") as file:  # if it is broken, the exit says so
            file.write(self._program)
        self._entered.end(has_begun=True)
        return running

    def close(self) -> None:
        """End it without a beginning."""
        self._undone.close()


def _identities(sandbox: Sandbox) -> tuple[object, ...]:
    """Return which files the paths of a sandbox name: None for one that does not exist."""
    return tuple(map(_identity, (sandbox.folder, *sandbox.read_only, *sandbox.writable)))


def _identity(path: Path) -> object:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _start(sandbox: Sandbox, bubblewrap: Path, user: HostUser | None, told: int, filtered: int) -> Keeper:
    """Start bubblewrap, which reports to `told` and gets the filter from `filtered`; return its keeper.

    What bubblewrap inherits is closed here, so that the ends of its pipes are seen.
    """
    with ExitStack() as opened:
        opened.callback(os.close, told)
        opened.callback(os.close, filtered)
        given = arguments(sandbox, user, opened)
        options = in_memory(given.options, opened)
        command = (
            *as_user(user),
            os.fspath(bubblewrap),
            *("--args", f"{options}", "--json-status-fd", f"{told}", "--seccomp", f"{filtered}", "--"),
            *sandbox.command,
        )
        try:
            return Keeper(command, (*given.descriptors, options, told, filtered))
        except OSError as error:
            raise LeastwayError(f"bwrap does not start: {error.strerror}", where=os.fspath(bubblewrap)) from error


def _did_not_start(keeper: Keeper) -> LeastwayError:
    """Return the error that bubblewrap printed before it ended."""
    keeper.ended.wait()
    said = keeper.process.stderr.read().decode(errors="replace").strip() if keeper.process.stderr else ""
    return LeastwayError(
        f"the sandbox does not start: {said or f'exit code {keeper.process.returncode}'}",
        fix="read what a machine needs for sandboxes: leastway explain isolation",
    )


class _Entering:
    """What enters the sandbox, a process: it starts at once, and stays until it knows that the sandbox has begun."""

    def __init__(self, status: int, filtered: int, undone: ExitStack) -> None:
        self._asked, theirs = socket.socketpair()
        self._program: subprocess.Popen[bytes] | None = None
        with theirs:
            descriptors = (theirs.fileno(), status, filtered)
            if not enter(*descriptors):
                self._program = subprocess.Popen(  # noqa: S603 - a program of ours
                    [sys.executable, "-I", "-S", entering.__file__, *map(str, descriptors)],
                    pass_fds=descriptors,
                    stdin=subprocess.DEVNULL,
                    cwd="/",
                    env={},
                )
        undone.callback(self.end, has_begun=False)
        self._asked.settimeout(_START_WITHIN)

    def made(self, sandbox: Sandbox, keeper: Keeper, *, is_counted: bool) -> tuple[int, int, tuple[socket.socket, ...]]:
        """Limit the first process; return its id, its descriptor, and listening sockets in its network namespace."""
        limits = limits_of_processes(sandbox.limits, is_counted=is_counted)
        try:
            self._asked.sendall(entering.request(limits, sandbox.ports))
            answer, numbers, _, _ = socket.recv_fds(self._asked, 1024, 1 + len(sandbox.ports))
        except OSError as error:
            raise LeastwayError(f"the sandbox cannot be entered: {error}") from error
        word, _, rest = answer.decode(errors="replace").partition(" ")
        if word == "ok" and len(numbers) == 1 + len(sandbox.ports):
            return int(rest), numbers[0], tuple(socket.socket(fileno=number) for number in numbers[1:])
        for number in numbers:  # fewer than were sent, if this process may open no more
            os.close(number)
        if keeper.ended.wait(_ENDS_WITHIN):
            raise _did_not_start(keeper)
        raise LeastwayError(f"the limits and sockets of the sandbox cannot be made: {rest or 'no answer'}")

    def end(self, *, has_begun: bool) -> None:
        """Tell it whether the sandbox has begun; a program of its own is waited for."""
        with self._asked, suppress(OSError):
            if has_begun:
                self._asked.sendall(b"b")
        if self._program is not None:
            self._program.wait(_START_WITHIN)


def _close_all(sockets: tuple[socket.socket, ...]) -> None:
    for each in sockets:
        each.close()
