"""A folder and a way to run a shell in a sandbox on it."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import Exit, Host, Running, Sandbox, Stream, launch

needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="there is no bwrap on this machine")

_numbers = itertools.count()


def until(holds: Callable[[], bool], within: float = 120) -> bool:
    ends = time.monotonic() + within
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def own_seconds(whole: int) -> str:
    """Return some more seconds than `whole`, as an argument of sleep(1) that no other test of this machine has."""
    return f"{whole}.{os.getpid():08d}{next(_numbers):04d}"


def processes_with(marker: str) -> list[int]:
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdecimal() and int(each.name) != os.getpid():
            try:
                if marker.encode() in (each / "cmdline").read_bytes():
                    found.append(int(each.name))
            except OSError:
                continue
    return found


@dataclass
class Shell:
    """Runs shell commands in sandboxes that may write to one folder."""

    folder: Path
    host: Host
    lines: list[str] = field(default_factory=list)

    def sandbox(self, script: str, **changes: Any) -> Sandbox:
        given: dict[str, Any] = {
            "command": ("/bin/sh", "-c", script),
            "folder": self.folder,
            "writable": (self.folder,),
        }
        return Sandbox(**given | changes)

    def _heard(self, _stream: Stream, lines: list[str]) -> None:
        self.lines.extend(lines)

    @contextmanager
    def started(self, script: str, **changes: Any) -> Iterator[Running]:
        self.lines.clear()
        with launch(self.sandbox(script, **changes), self.host, on_lines=self._heard) as running:
            yield running

    def run(self, script: str, **changes: Any) -> tuple[Exit, str]:
        """Return the exit, and all lines."""
        with self.started(script, **changes) as running:
            ended = running.wait(60)
        return ended, "\n".join(self.lines)

    def says(self, script: str, **changes: Any) -> str:
        """Return what a script prints that ends with success."""
        ended, said = self.run(script, **changes)
        assert ended.is_success, (ended, said)
        return said


@contextmanager
def shell_in(folder: Path) -> Iterator[Shell]:
    try:
        host = Host.here()
        folder.mkdir()
        host.give(folder)
        shell = Shell(folder, host)
        shell.says("true")
    except LeastwayError as error:
        pytest.skip(f"bwrap makes no sandbox on this machine: {error}")
    yield shell
