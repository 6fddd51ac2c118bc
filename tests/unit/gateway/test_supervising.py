"""The orders of a supervisor, in their order."""

from __future__ import annotations

import time
from pathlib import Path
from typing import BinaryIO

import pytest

from leastway.errors import LeastwayError
from leastway.gateway.control import to_wire
from leastway.gateway.supervisor import Command, SupervisorStart
from leastway.gateway.supervisor.supervising import Supervisor
from leastway.isolation import Host, OnLines, Running, Sandbox
from leastway.primitives import Secret


class NotedAhead:
    """Notes what is made and launched, and makes nothing."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def make(self, sandbox: Sandbox) -> None:
        self.noted.append(f"make {sandbox.command[0]}")

    def launch(self, sandbox: Sandbox, *, on_lines: OnLines, stdout: BinaryIO | None) -> Running:
        self.noted.append(f"launch {sandbox.command[0]}")
        raise LeastwayError("there is no sandbox here")

    def close(self) -> None:
        pass


def test_the_sandbox_of_a_later_command_is_made_after_the_one_before_has_taken_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = SupervisorStart(tmp_path / "socket", "run-1", Secret("token"), Host.without_isolation("a test"))
    supervisor, ahead = Supervisor(start), NotedAhead()
    monkeypatch.setattr(supervisor, "_ahead", ahead)
    sandbox_of = supervisor._sandbox_of

    def slow(command: Command) -> Sandbox:
        if command.name == "show":
            time.sleep(0.2)
        return sandbox_of(command)

    monkeypatch.setattr(supervisor, "_sandbox_of", slow)
    for order, name in (("run", "show"), ("prepare", "apply")):
        sandbox = Sandbox(command=(f"/bin/{name}",), folder=tmp_path)
        supervisor.work(order, to_wire(Command(name=name, phase="plan", sandbox=sandbox)))
    supervisor.work("end", None)
    assert supervisor.supervise() == 0
    assert ahead.noted == ["launch /bin/show", "make /bin/apply"]
