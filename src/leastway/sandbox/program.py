"""Running a program that ends with this process, however this process ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from leastway.errors import LeastwayError

__all__ = ["ChildProgram", "kill_programs"]

_KEEPER = """
exec 3<&0
"$@" </dev/null 3<&- & program=$!
{ read _ <&3; kill -KILL $program; } & reader=$!
wait $program; code=$?
kill $reader
exit $code
"""
"""A shell that runs a program and kills it when its standard input closes: a pipe from this process.

The program's data is worthless then, so it gets no time for an orderly end.
"""

_PATIENCE = 10
_keepers: set[int] = set()
"""The running shells, each the leader of its own process group."""


class ChildProgram:
    """One running program. Its output goes to a file in its own folder."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        _keepers.add(process.pid)

    @classmethod
    async def start(cls, folder: Path, program: Path, *arguments: str) -> ChildProgram:
        """Start `program` in the working folder `folder`."""
        log = folder / f"{program.name}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                "/bin/sh",
                "-c",
                _KEEPER,
                program.name,
                str(program),
                *arguments,
                cwd=folder,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, log)

    def check(self) -> None:
        """Raise LeastwayError with the end of its output if the program has ended."""
        if self._process.returncode is not None:
            lines = self._log.read_text(errors="replace").splitlines()
            raise LeastwayError(f"{self._log.stem} has ended: {' | '.join(lines[-3:])}")

    async def stop(self) -> None:
        """Terminate the program, and kill it if it does not end."""
        stdin = self._process.stdin
        if stdin is not None:
            stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except TimeoutError:
            _kill(self._process.pid)
            await self._process.wait()
        _keepers.discard(self._process.pid)


def kill_programs() -> None:
    """Kill every program of this process immediately. Can be called from any thread, before an abrupt exit."""
    for keeper in tuple(_keepers):
        _kill(keeper)


def _kill(keeper: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(keeper, signal.SIGKILL)
