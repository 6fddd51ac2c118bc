"""Attempts whose supervisor does not come, and those that the end of the server leaves to the next one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from leastway.errors import LeastwayError, OutOfReachError
from leastway.gateway.control import Connected, ControlServer
from leastway.gateway.supervisor import Command
from leastway.isolation import Sandbox
from leastway.orchestrator import attempt as attempts_of
from leastway.orchestrator import attempt_record
from leastway.orchestrator.attempt import Attempt, AttemptParts, CommandEnd, GoneError, NotRunError
from leastway.orchestrator.attempt_record import began_at, is_alive
from leastway.orchestrator.attempts import Attempts
from leastway.orchestrator.authority import LEASE
from leastway.orchestrator.commanding import failing
from leastway.orchestrator.journal import Journal
from leastway.ports import WaitingError
from leastway.primitives import Secret
from leastway.registry import Run
from tests.databases import new_sqlite
from tests.runs import run_of
from tests.unit.broker.world import OWN, open_world
from tests.unit.gateway.terms import terms, until
from tests.unit.orchestrator.test_authority import attempt_of

COMMAND = Command(name="init-1", phase="plan", sandbox=Sandbox(command=("/bin/true",), folder=Path("/usr/share")))


def test_an_attempt_whose_supervisor_never_comes_is_ended_and_the_next_one_has_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts_of, "_RETURNS_WITHIN", 0.1)
    monkeypatch.setattr(attempt_record, "_ENDS_WITHIN", 0.1)
    started: list[int] = []
    began: list[int] = []

    def spawn(_run: Run, _token: Secret) -> int:
        started.append(os.posix_spawn("/bin/sleep", ["sleep", "60"], {}))
        began.append(began_at(started[-1]))
        return started[-1]

    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        journal = Journal(world.store, world.clock)
        made = attempt_of(world, run_of("one", account="prod", role=OWN.arn))
        with world.store.writing() as transaction:
            transaction.runs.give_up_lease("one", "lease")

        def prepare(
            run: Run, lease: str, _state: Secret | None, _killed: Callable[[str], None]
        ) -> tuple[AttemptParts, Secret]:
            made.authority.lease = lease
            return AttemptParts(made.authority, terms(run=run.id), journal.of(run.id, run.attempt)), Secret("state")

        control = ControlServer(tmp_path / "control" / "socket")
        attempts = Attempts(world.store, tmp_path, control, prepare, spawn, 1.0)
        first = attempts.current("one")
        assert attempts.current("one") is first, "it is given time to come"
        with pytest.raises(GoneError, match="did not connect"):
            first.run_command(COMMAND, lambda _piece: None)
        second = attempts.current("one")
        assert (first.began_at, second.began_at) == tuple(began)
        assert (second.run.attempt, second.pid) == (first.run.attempt + 1, started[1])
        until(lambda: not is_alive(started[0], began[0]), 20)
        attempts.end("one")
        until(lambda: not is_alive(started[1], began[1]), 20)
        control.close()
        journal.close()
        with world.store.reading() as transaction:
            (line,) = transaction.runs.lines("one", 0, 10)
        assert line.text.startswith(f"attempt {second.run.attempt} begins: the supervisor of attempt 1 has ended")


def test_an_attempt_that_cannot_begin_holds_no_lease(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("a file where the folder of the run would be")
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        with world.store.writing() as transaction:
            transaction.runs.add(run_of("one"))
        control = ControlServer(tmp_path / "control" / "socket")
        nothing = cast("Any", None)
        attempts = Attempts(world.store, tmp_path, control, nothing, nothing, 1.0)
        for _ in range(2):
            with pytest.raises(LeastwayError, match="cannot be made"):
                attempts.current("one")
        control.close()


def test_a_run_whose_attempt_works_elsewhere_is_handed_back_soon(tmp_path: Path) -> None:
    """Its lease is renewed there, so that waiting for the end of the lease would keep an approved run waiting."""
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        with world.store.writing() as transaction:
            transaction.runs.add(run_of("one"))
            now = transaction.now
            assert transaction.runs.take_lease("one", "of another", now + LEASE, now)
        control = ControlServer(tmp_path / "control" / "socket")
        nothing = cast("Any", None)
        with pytest.raises(WaitingError, match="another attempt") as waiting:
            Attempts(world.store, tmp_path, control, nothing, nothing, 1.0).current("one")
        control.close()
    assert waiting.value.until is not None
    assert waiting.value.until - now < timedelta(seconds=5)


@dataclass
class Supervisor:
    """A supervisor that hears orders and never tells an end."""

    orders: list[str] = field(default_factory=list)

    def phase(self, _name: str) -> None:
        pass

    def order(self, name: str, _value: object) -> None:
        self.orders.append(name)


@dataclass
class Stopping:
    """The attempts of a server that stops."""

    grace: float = 1.0
    is_stopping: bool = True

    def forget(self, _attempt: Attempt) -> None:
        pass


def test_a_command_that_works_when_the_server_stops_is_left_to_the_next_one(tmp_path: Path) -> None:
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        journal = Journal(world.store, world.clock)
        run = run_of("one", account="prod", role=OWN.arn)
        parts = AttemptParts(attempt_of(world, run).authority, terms(run=run.id), journal.of(run.id, 1))
        attempt = Attempt(run, "lease", tmp_path, parts, Secret("state"), Stopping())
        supervisor = Supervisor()
        attempt.arrived(cast("Connected", supervisor))
        with pytest.raises(WaitingError, match="the server stops"), failing():
            attempt.run_command(COMMAND, lambda _piece: None)
        journal.close()
    assert supervisor.orders == ["run"], "it is neither interrupted nor ended"
    assert attempt.is_left(), "what fetches a source ends soon"


def test_what_was_printed_without_a_server_comes_before_what_is_printed_now(tmp_path: Path) -> None:
    """Each piece after the one before it: what masks secrets finds one in two pieces."""
    heard, talking = list[bytes](), list[threading.Thread]()
    attempt = Attempt(run_of("one"), "lease", tmp_path, cast("Any", None), Secret("state"), Stopping())
    attempt.reported("printed", {"name": COMMAND.name}, b"a sec")
    attempt.reported("printed", {"name": COMMAND.name}, b"ret\n")

    def printed(piece: bytes) -> None:
        if not talking:
            now = (attempt.reported, ("printed", {"name": COMMAND.name}, b"more\n"))
            talking.append(threading.Thread(target=now[0], args=now[1]))
            talking[0].start()
            talking[0].join(0.1)
        heard.append(piece)

    with pytest.raises(AttributeError):  # it has no supervisor to run it
        attempt.run_command(COMMAND, printed)
    talking[0].join()
    assert heard == [b"a sec", b"ret\n", b"more\n"]


def opened_attempt(folder: Path, supervisor: object) -> Attempt:
    """Return an attempt whose supervisor has dialed."""
    parts = cast("Any", SimpleNamespace(authority=SimpleNamespace(own_until=None), terms=terms()))
    going_on = Stopping(is_stopping=False, grace=0.01)
    attempt = Attempt(run_of("one"), "lease", folder, parts, Secret("state"), going_on)
    attempt.arrived(cast("Connected", supervisor))
    return attempt


@pytest.mark.parametrize(
    ("report", "value", "end"),
    [
        ("ended", {"name": COMMAND.name, "code": 2, "ended": "killed"}, CommandEnd(2, "killed", b"output")),
        ("failed", {"name": COMMAND.name, "what": "planted"}, NotRunError("planted")),
    ],
)
def test_a_command_ends_as_its_supervisor_says_and_by_no_other_report(
    tmp_path: Path, report: str, value: dict[str, Any], end: CommandEnd | NotRunError
) -> None:
    class Reporting(Supervisor):
        def order(self, _name: str, _value: object) -> None:
            attempt.reported("ended", {"name": "another", "code": 0, "ended": "by itself"}, b"")
            attempt.reported("ended", None, b"")
            attempt.reported("unheard", {"name": COMMAND.name}, b"")
            attempt.reported(report, value, b"output")

    attempt = opened_attempt(tmp_path, Reporting())
    with pytest.raises(NotRunError, match="planted") if isinstance(end, NotRunError) else nullcontext():
        assert attempt.run_command(COMMAND, lambda _piece: None) == end
    assert attempt.has(COMMAND.name)
    record = attempt_record.read_record(tmp_path / "attempt.json")
    assert record is not None
    assert record.ordered == (COMMAND.name,), "a server that comes back does not run it again"


def test_a_kill_is_told_once_and_interrupts_twice_before_it_kills(tmp_path: Path) -> None:
    class Killed(Supervisor):
        def killed(self, reason: str) -> None:
            self.orders.append(reason)

    supervisor = Killed()
    attempt = opened_attempt(tmp_path, supervisor)
    attempt.left(cast("Connected", object()))  # of a connection before
    attempt.kill("planted")
    attempt.kill("again")
    until(lambda: len(supervisor.orders) > 3, 20)
    assert supervisor.orders == ["planted", "interrupt", "interrupt", "kill"]
    assert (attempt.killed_because, attempt.terms().killed) == ("planted", "planted")
    assert attempt.is_left()


def test_a_folder_that_cannot_be_written_is_named_and_ends_no_run(tmp_path: Path) -> None:
    record = attempt_record.AttemptRecord("lease", "token", "state", 1, 1)
    with pytest.raises(OutOfReachError, match="the run's folder cannot be written: No such file") as caught, failing():
        attempt_record.write_record(tmp_path / "gone" / "attempt.json", record)
    assert caught.value.where == str(tmp_path / "gone")
