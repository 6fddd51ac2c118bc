"""Supervisors are forks of one process, which never has a secret and may be killed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.gateway import MemoryAuthority, SessionAsk
from leastway.gateway.control import Connected, ControlServer
from leastway.gateway.proxy import Outside
from leastway.gateway.supervisor import Command
from leastway.isolation import Host, Sandbox
from leastway.orchestrator.attempt_record import began_at, end_process, is_alive
from leastway.orchestrator.spawning import Supervisors
from leastway.ports import CallerIdentity, IssuedSession
from leastway.primitives import Secret
from tests.integration.isolation.running import needs_bwrap
from tests.unit.gateway.terms import ACCOUNT, issued, terms, until

pytestmark = [pytest.mark.integration, needs_bwrap]


@dataclass
class Heard:
    """What the server hears of one supervisor."""

    ended: list[tuple[str, Any]] = field(default_factory=list)

    def arrived(self, gateway: Connected) -> None:
        pass

    def left(self, gateway: Connected) -> None:
        pass

    def reported(self, name: str, value: Any, body: bytes) -> None:
        self.ended.append((name, value))


class Folder:
    """The control socket, and the supervisors that dial it."""

    def __init__(self, folder: Path, host: Host) -> None:
        self.folder = folder
        self.control = ControlServer(folder / "control" / "socket")
        self.supervisors = Supervisors(self.control.path, host, Outside(), folder, "eu-central-1")
        self.started: dict[int, int] = {}

    def start(self, run: str, token: str) -> int:
        def issue(ask: SessionAsk) -> IssuedSession:
            return issued(ask)

        authority = MemoryAuthority(issue, CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/x", "AIDA"))
        self.control.expect(run, Secret(token), lambda: terms(run=run), authority, Heard())
        pid = self.supervisors.start(run, Secret(token))
        self.started[pid] = began_at(pid)
        until(lambda: self.control.connected(run) is not None, 60)
        return pid

    def forking(self) -> int:
        """Return the process that forks."""
        found = self.supervisors._forking
        assert found is not None
        return found._process.pid


@pytest.fixture
def folder() -> Iterator[Folder]:
    try:
        host = Host.here()
    except LeastwayError as error:
        pytest.skip(f"no sandboxes with bubblewrap: {error}")
    path = Path(tempfile.mkdtemp(prefix="leastway-forking-"))
    path.chmod(0o711)
    made = Folder(path, host)
    try:
        yield made
    finally:
        made.supervisors.close()
        made.control.close()
        for pid, began in made.started.items():
            if is_alive(pid, began):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(path)


def has_in_memory(pid: int, text: str) -> bool:
    """Search what a process can write."""
    process = Path("/proc", str(pid))
    with (process / "maps").open() as maps, (process / "mem").open("rb", buffering=0) as memory:
        for line in maps:
            where, rights, *_ = line.split()
            if "w" not in rights or "[v" in line:
                continue
            start, end = (int(each, 16) for each in where.split("-"))
            memory.seek(start)
            while start < end and (piece := memory.read(min(end - start, 1 << 22))):
                if text.encode() in piece:
                    return True
                start += len(piece)
    return False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root looks into the memory of these processes")
def test_a_token_is_in_the_memory_of_its_supervisor_alone(folder: Folder) -> None:
    token = "first-token-" + os.urandom(8).hex()
    first = folder.start("run-1", token)
    second = folder.start("run-2", "another-token")
    assert has_in_memory(first, token), "the search finds what is there"
    assert not has_in_memory(second, token)
    assert not has_in_memory(folder.forking(), token)


def test_each_has_a_session_of_its_own_and_lives_on_without_the_process_that_forks(folder: Folder) -> None:
    first = folder.start("run-1", "one")
    os.kill(folder.forking(), signal.SIGKILL)
    second = folder.start("run-2", "two")
    assert [os.getsid(each) for each in (first, second)] == [first, second]
    folder.supervisors.close()
    assert all(is_alive(*each) for each in folder.started.items())
    assert Path(f"/proc/{first}/fd/0").readlink() == Path(os.devnull)


def test_one_that_was_ended_leaves_nothing_behind(folder: Folder) -> None:
    pid = folder.start("run-1", "one")
    until(lambda: bool(children_of(pid)), 20)
    (helper,) = children_of(pid)
    helpers_began = began_at(helper)
    gateway = folder.control.connected("run-1")
    assert gateway is not None
    gateway.order("end", None)
    end_process(pid, folder.started[pid])
    until(lambda: not is_alive(pid, folder.started[pid]) and not is_alive(helper, helpers_began), 20)


def test_a_command_runs_in_a_sandbox_that_a_fork_enters(folder: Folder) -> None:
    pid = folder.start("run-1", "one")
    work = folder.folder / "work"
    work.mkdir(mode=0o700)
    Host.here().give(work)
    gateway = folder.control.connected("run-1")
    assert gateway is not None
    script = "echo made > file; python3 -c 'print()' 2> /dev/null; true"
    sandbox = Sandbox(command=("/bin/sh", "-c", script), folder=work, writable=(work,), ports=(8470, 8471))
    gateway.order("run", Command(name="plan", phase="plan", sandbox=sandbox))
    until((work / "file").exists, 60)
    assert len(children_of(pid)) <= 2, "the fork that enters, and bubblewrap: no interpreter was started"


def waiting(folder: Folder) -> tuple[int, int]:
    """Return the supervisor that waits for its run, once there is one, and what enters its sandboxes."""
    until(lambda: bool(children_of(folder.forking())) and bool(children_of(children_of(folder.forking())[0])), 60)
    (found,) = children_of(folder.forking())
    (helper,) = children_of(found)
    return found, helper


def test_a_supervisor_waits_for_the_next_run(folder: Folder) -> None:
    first, _ = waiting(folder)
    assert folder.start("run-1", "one") == first
    until(lambda: len(children_of(folder.forking())) == 2, 20)
    (second,) = set(children_of(folder.forking())) - {first}
    assert folder.start("run-2", "two") == second
    assert folder.start("run-3", "three") not in (first, second), "the next one had no time to wait"


def test_a_supervisor_that_waits_and_is_killed_is_replaced(folder: Folder) -> None:
    killed, helper = waiting(folder)
    killed_began, began = began_at(killed), began_at(helper)
    os.kill(killed, signal.SIGKILL)
    until(lambda: not is_alive(killed, killed_began), 20)
    assert folder.start("run-1", "one") != killed
    until(lambda: not is_alive(helper, began), 20)


def test_a_supervisor_that_waits_ends_with_the_process_that_forks(folder: Folder) -> None:
    ends = [(each, began_at(each)) for each in waiting(folder)]
    os.kill(folder.forking(), signal.SIGKILL)
    until(lambda: not any(is_alive(*each) for each in ends), 20)


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found
