"""The orders of a supervisor, in their order."""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from leastway.errors import LeastwayError
from leastway.gateway.control import to_wire
from leastway.gateway.supervisor import Command, SupervisorStart, supervising
from leastway.gateway.supervisor.supervising import Supervisor, _Known
from leastway.gateway.switch import AsleepError, KilledError
from leastway.isolation import Beginning, Host, OnLines, Running, Sandbox, Stream
from leastway.primitives import Secret
from tests.unit.gateway.terms import ROLE, terms, until


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


class PrintingAhead(NotedAhead):
    """Prints pieces in place of a sandbox's command."""

    def __init__(self, *pieces: str) -> None:
        super().__init__()
        self.pieces = pieces

    def launch(self, sandbox: Sandbox, *, on_lines: OnLines, stdout: BinaryIO | None) -> Running:
        for piece in self.pieces:
            on_lines(Stream.STDOUT, [piece])
        return super().launch(sandbox, on_lines=on_lines, stdout=stdout)


def test_the_keys_that_the_run_holds_are_masked_before_anybody_hears_what_it_prints(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_terms", terms(role=ROLE))
    held = supervisor._opened()[0].surrogates.first.keys.secret
    key, encoded = held.reveal(), base64.b64encode(held.reveal().encode()).decode()
    printed = (f"SEC {key}", Beginning(f"a long line {key[:9]}"), key[9:], encoded, f"cut off {key[:12]}")
    monkeypatch.setattr(supervisor, "_ahead", PrintingAhead(*printed[:4], Beginning(printed[4])))
    bodies: list[bytes] = []

    def report(name: str, _value: dict[str, Any], body: bytes = b"") -> bool:
        if name == "printed":
            bodies.append(body)
        return True

    monkeypatch.setattr(supervisor._authority, "report", report)
    sandbox = Sandbox(command=("/bin/apply",), folder=Path("/usr/share"))
    supervisor.work("run", to_wire(Command(name="apply", phase="apply", sandbox=sandbox)))
    supervisor.work("end", None)
    assert supervisor.supervise() == 0
    said = b"".join(bodies).decode()
    assert key not in said
    assert [line.partition("***")[0] for line in said.splitlines()] == [
        "SEC ",
        "a long line ",
        "",
        f"cut off {key[:12]}",
    ]


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    start = SupervisorStart(tmp_path / "socket", "run-1", Secret("token"), Host.without_isolation("a test"))
    made = Supervisor(start)
    monkeypatch.setattr(made, "_ahead", NotedAhead())
    return made


def ordered(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, *orders: tuple[str, str]) -> list[tuple[str, Any]]:
    """Give orders, then the last one; return what the supervisor reports."""
    reported: list[tuple[str, Any]] = []

    def report(name: str, value: dict[str, Any], _body: bytes = b"") -> bool:
        reported.append((name, value))
        return True

    monkeypatch.setattr(supervisor._authority, "report", report)
    for order, name in orders:
        sandbox = Sandbox(command=(f"/bin/{name}",), folder=Path("/usr/share"))
        supervisor.work(order, to_wire(Command(name=name, phase="plan", sandbox=sandbox)) if name else None)
    supervisor.work("end", None)
    ended = threading.Thread(target=supervisor.supervise, daemon=True)
    ended.start()
    ended.join(20)
    assert not ended.is_alive(), "the supervisor hangs"
    return reported


def failing_threads(name: str, times: int) -> Callable[[threading.Thread], None]:
    """Return what starts threads, but for the first ones of this name."""
    start, left = threading.Thread.start, [None] * times

    def starts(thread: threading.Thread) -> None:
        if thread.name == name and left:
            left.pop()
            raise RuntimeError("can't start new thread: secret")
        start(thread)

    return starts


def test_an_order_that_fails_unexpectedly_fails_alone(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(threading.Thread, "start", failing_threads("leastway-command", 1))
    reported = ordered(supervisor, monkeypatch, ("run", "plan"), ("prepare", "show"), ("run", "apply"))
    assert reported == [
        ("failed", {"name": "plan", "what": "internal error: RuntimeError"}),
        ("failed", {"name": "apply", "what": "there is no sandbox here"}),
    ]
    assert "command plan could not be begun" in caplog.text
    assert "can't start new thread" in caplog.text


def test_a_sandbox_that_cannot_be_prepared_is_made_with_its_command(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(threading.Thread, "start", failing_threads("leastway-ahead", 1))
    reported = ordered(supervisor, monkeypatch, ("prepare", "plan"), ("run", "plan"))
    assert reported == [("failed", {"name": "plan", "what": "there is no sandbox here"})]
    assert "an order of the server could not be carried out" in caplog.text


def test_a_command_that_cannot_be_interrupted_keeps_no_other_from_it(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    interrupted: list[str] = []

    class Known:
        def __init__(self, name: str) -> None:
            self.name = name

        def order(self, _act: object) -> None:
            if self.name == "plan":
                raise KeyError(self.name)
            interrupted.append(self.name)

    monkeypatch.setattr(supervisor, "_commands", {name: Known(name) for name in ("plan", "show")})
    monkeypatch.setattr(supervisor, "_end_commands", lambda: None)
    assert ordered(supervisor, monkeypatch, ("interrupt", "")) == []
    assert interrupted == ["show"]
    assert "a command could not be interrupted or killed" in caplog.text


def test_a_command_of_one_name_runs_once_and_its_end_is_told_again(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = _Known(end=("ended", {"name": "apply", "code": 0, "ended": "by itself"}, b""))
    monkeypatch.setattr(supervisor, "_commands", {"apply": known, "plan": _Known()})
    reported = ordered(supervisor, monkeypatch, ("run", "apply"), ("run", "plan"))
    assert reported == [("ended", known.end[1] if known.end else None)]
    assert supervisor._ahead.noted == []  # type: ignore[attr-defined]


def test_what_is_ordered_while_a_sandbox_is_made_is_done_once_it_runs() -> None:
    known, done = _Known(), list[str]()
    known.order(lambda _running: done.append("early"))
    assert done == []
    known.runs(cast("Running", object()))
    known.order(lambda _running: done.append("late"))
    assert done == ["early", "late"]
    known.running, known.end = None, ("ended", {}, b"")
    known.order(lambda _running: done.append("too late"))
    assert done == ["early", "late"]


def test_what_is_reported_while_the_server_is_lost_is_told_later_in_order_and_an_end_always(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "_MOST_KEPT", 4)
    told, is_there = list[bytes](), False

    def report(_name: str, _value: dict[str, Any], body: bytes = b"") -> bool:
        if is_there:
            told.append(body)
        return is_there

    monkeypatch.setattr(supervisor._authority, "report", report)
    for name, body in (("printed", b"abc"), ("printed", b"de"), ("printed", b"f"), ("ended", b"output")):
        supervisor._report(name, {}, body)
    is_there = True
    supervisor._report("ended", {}, b"last")  # behind what is kept
    assert told == []
    supervisor._tell_kept()
    is_there = False
    supervisor._report("printed", {}, b"wxyz")
    is_there = True
    supervisor._tell_kept()
    assert told == [b"abc", b"f", b"output", b"last", b"wxyz"]


def test_a_run_is_signed_for_as_the_terms_of_the_welcome_say(supervisor: Supervisor) -> None:
    switch, states = supervisor._switch, list[str]()
    for changes in ({"phase": "apply"}, {"asleep": "it waits"}, {}, {"killed": "planted"}, {}):
        supervisor.welcomed(terms(**changes))
        try:
            switch.check()
            states.append(f"signs in {switch.current_phase}")
        except (AsleepError, KilledError) as error:
            states.append(type(error).__name__)
    assert states == ["signs in apply", "AsleepError", "signs in plan", "KilledError", "KilledError"]


@pytest.mark.parametrize("how", ["refused", "lost_lease", "adrift"])
def test_a_run_that_lost_its_server_or_lease_signs_nothing_and_ends(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    given_up: list[str] = []
    monkeypatch.setattr(supervisor._authority, "start", lambda: None)
    monkeypatch.setattr(supervisor._authority, "give_up", lambda: given_up.append("authority"))
    monkeypatch.setattr(supervisor._state, "give_up", lambda: given_up.append("state"))
    supervisor.welcomed(terms())
    if how == "adrift":
        monkeypatch.setattr(supervising, "_ABANDONED", 0.01)
        supervisor.adrift()
        until(lambda: len(given_up) > 1, 20)
    else:
        getattr(supervisor, how)("planted")
    with pytest.raises(KilledError):
        supervisor._switch.check()
    assert supervisor.supervise() == 0
    assert given_up[:2] == ["authority", "state"]
