"""Both ends of the control channel, on a real unix socket."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
import stat
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.gateway import (
    AuthorityGoneError,
    CallEntry,
    CallOutcome,
    Decision,
    MemoryAuthority,
    RefusedError,
    RunTerms,
    SessionAsk,
    StateAnswer,
    StateRequest,
)
from leastway.gateway.control import ControlServer, DialedAuthority
from leastway.gateway.control.channel import receive, send
from leastway.ports import CallerIdentity
from leastway.primitives import Secret
from tests.unit.gateway.terms import ACCOUNT, LATER, ROLE, HeardOrders, HeardWork, issued, terms, until

TOKEN = Secret("a-token-of-the-run")


class World:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "control" / "socket"
        self.server = ControlServer(self.path)
        caller = CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/dev", "AIDAEXAMPLE")
        self.authority = MemoryAuthority(issued, caller, lambda request: StateAnswer(200, {"A": "b"}, request.body))
        self.work = HeardWork()
        self.terms = terms()
        self.orders = HeardOrders()
        self.dialed = DialedAuthority(self.path, "run-1", TOKEN, self.orders)
        self.expect()

    def expect(self) -> None:
        self.server.expect("run-1", TOKEN, lambda: self.terms, self.authority, self.work)

    def connect(self) -> None:
        self.dialed.start()
        until(lambda: self.server.connected("run-1") is not None and self.authority.renewals > 0)

    def close(self) -> None:
        self.dialed.close()
        self.server.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    yield found
    found.close()


def entry(**changes: object) -> CallEntry:
    found = CallEntry(
        1,
        dt.datetime(2026, 11, 28, tzinfo=dt.UTC),
        "plan",
        Decision.DECIDED_BY_AWS,
        "s3.eu-central-1.amazonaws.com",
        "s3",
        "GetObject",
        "eu-central-1",
        "ASIALWEXAMPLE",
        ROLE,
        ("s3:GetObject",),
        ("arn:aws:s3:::b/k",),
    )
    assert not changes
    return found


def test_every_ask_arrives_as_it_was_asked_and_its_answer_returns(world: World) -> None:
    world.connect()
    ask = SessionAsk(ROLE, "eu-central-1", "s", "id", 900, tags=(("a", "b"),), via=SessionAsk(None, "us-east-1"))
    session = world.dialed.session(ask)
    assert (session.keys.secret, session.expires_at) == (Secret("secret-of-deploy"), LATER)
    assert world.authority.asks == [ask]
    assert world.dialed.identity("us-east-1").account == ACCOUNT
    world.dialed.enter(entry())
    assert world.authority.entries == [entry()]
    world.dialed.answered(CallOutcome(1, 200, "", "request-1"))
    until(lambda: world.authority.outcomes == [CallOutcome(1, 200, "", "request-1")])
    body = os.urandom(3 << 20)
    assert world.dialed.state(StateRequest("POST", "/", "ID=1", {}, body)) == StateAnswer(200, {"A": "b"}, body)


def test_an_entry_can_be_awaited_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.connect()
    may_enter = threading.Event()
    enter = world.authority.enter

    def slowly(entry: CallEntry) -> None:
        may_enter.wait(60)
        enter(entry)

    monkeypatch.setattr(world.authority, "enter", slowly)
    durable = world.dialed.begin_entry(entry())
    assert world.authority.entries == []
    may_enter.set()
    durable()
    assert world.authority.entries == [entry()]
    world.authority.refusals.append("a switch is on")
    durable = world.dialed.begin_entry(entry())
    with pytest.raises(RefusedError, match="a switch is on"):
        durable()


def test_a_refusal_keeps_its_code_and_request_id(world: World) -> None:
    world.connect()

    def refuse(_ask: SessionAsk) -> object:
        raise RefusedError("not authorized", code="AccessDenied", request_id="r-1", fix="fix the trust policy")

    world.authority.issue = refuse  # type: ignore[assignment]
    with pytest.raises(RefusedError, match="not authorized") as caught:
        world.dialed.session(SessionAsk(ROLE, "eu-central-1"))
    assert (caught.value.code, caught.value.request_id, caught.value.fix) == (
        "AccessDenied",
        "r-1",
        "fix the trust policy",
    )


def test_a_bug_of_the_server_is_an_error_without_its_text(world: World) -> None:
    world.connect()

    def fail(_ask: SessionAsk) -> object:
        raise ValueError("it contains a secret")

    world.authority.issue = fail  # type: ignore[assignment]
    with pytest.raises(LeastwayError, match="internal error: ValueError") as caught:
        world.dialed.session(SessionAsk(ROLE, "eu-central-1"))
    assert "a secret" not in str(caught.value)


def test_a_push_is_heard_while_an_ask_waits(world: World) -> None:
    world.connect()
    hold, inside = threading.Event(), threading.Event()

    def wait(ask: SessionAsk) -> object:
        inside.set()
        hold.wait(20)
        return issued(ask)

    world.authority.issue = wait  # type: ignore[assignment]
    asking = threading.Thread(target=lambda: world.dialed.session(SessionAsk(ROLE, "eu-central-1")))
    asking.start()
    assert inside.wait(10)
    gateway = world.server.connected("run-1")
    assert gateway is not None
    gateway.killed("someone stopped it")
    until(lambda: ("killed", "someone stopped it") in world.orders.heard)
    hold.set()
    asking.join()


def test_orders_and_work_arrive_in_their_order(world: World) -> None:
    world.connect()
    gateway = world.server.connected("run-1")
    assert gateway is not None
    until(lambda: ("awake", None) in world.orders.heard)
    world.orders.heard.clear()
    gateway.phase("apply")
    gateway.asleep("it waits for approval")
    gateway.order("run", {"step": "plan"})
    gateway.awake()
    until(lambda: len(world.orders.heard) == 4)
    assert world.orders.heard == [
        ("phase", "apply"),
        ("asleep", "it waits for approval"),
        ("run", {"step": "plan"}),
        ("awake", None),
    ]
    world.dialed.report("printed", {"step": "plan"}, b"some text")
    until(lambda: ("printed", {"step": "plan"}, b"some text") in world.work.heard)


def test_nothing_is_answered_while_the_server_is_gone_and_the_gateway_returns_to_the_next_one(world: World) -> None:
    world.connect()
    world.server.close()
    until(lambda: ("adrift", None) in world.orders.heard)
    with pytest.raises(AuthorityGoneError, match="nothing is signed"):
        world.dialed.enter(entry())
    world.terms = terms(killed="it was killed meanwhile")
    world.server = ControlServer(world.path, waits=True)  # or else a gateway may come before it is expected
    world.expect()
    world.server.begin()
    until(lambda: ("killed", "it was killed meanwhile") in world.orders.heard)
    welcomes = [value for name, value in world.orders.heard if name == "welcomed"]
    assert isinstance(welcomes[-1], RunTerms)
    assert welcomes[-1].killed == "it was killed meanwhile"


def test_outcomes_come_together_in_their_order_and_before_what_is_reported_after_them(world: World) -> None:
    world.connect()
    outcomes = [CallOutcome(number, 200, "", f"request-{number}") for number in range(200)]
    for one in outcomes:
        world.dialed.answered(one)
    heard_before: list[int] = []
    reported = world.work.reported

    def report(name: str, value: object, body: bytes) -> None:
        heard_before.append(len(world.authority.outcomes))
        reported(name, value, body)

    world.work.reported = report  # type: ignore[method-assign]
    assert world.dialed.report("ended", {"name": "plan"})
    until(lambda: bool(heard_before))
    assert heard_before == [200]
    assert world.authority.outcomes == outcomes


def test_outcomes_of_a_time_without_a_server_are_told_to_the_next_one(world: World) -> None:
    world.connect()
    world.server.close()
    until(lambda: ("adrift", None) in world.orders.heard)
    outcomes = [CallOutcome(number, 200, "", f"request-{number}") for number in (1, 2)]
    for one in outcomes:
        world.dialed.answered(one)
    assert not world.dialed.report("ended", {"name": "plan"})
    world.server = ControlServer(world.path, waits=True)  # or else a gateway may come before it is expected
    world.expect()
    world.server.begin()
    until(lambda: world.authority.outcomes == outcomes)


def test_an_ask_that_waits_fails_when_the_server_dies(world: World) -> None:
    world.connect()
    hold, inside = threading.Event(), threading.Event()

    def wait(ask: SessionAsk) -> object:
        inside.set()
        hold.wait(20)
        return issued(ask)

    world.authority.issue = wait  # type: ignore[assignment]
    caught: list[Exception] = []

    def ask() -> None:
        try:
            world.dialed.session(SessionAsk(ROLE, "eu-central-1"))
        except LeastwayError as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert inside.wait(10)
    world.server.close()
    asking.join(10)
    hold.set()
    assert [type(error) for error in caught] == [AuthorityGoneError]


def test_a_lost_lease_is_told(world: World) -> None:
    def lose() -> None:
        raise RefusedError("another attempt of this run has its lease")

    world.authority.renew = lose  # type: ignore[method-assign]
    world.dialed.start()
    until(lambda: ("lost-lease", "another attempt of this run has its lease") in world.orders.heard)


@pytest.mark.parametrize(("run", "token"), [("run-1", "another-token"), ("run-2", TOKEN.reveal()), ("run-1", "")])
def test_a_wrong_token_and_an_unknown_run_are_refused_with_the_same_words(world: World, run: str, token: str) -> None:
    stranger = HeardOrders()
    dialed = DialedAuthority(world.path, run, Secret(token), stranger)
    dialed.start()
    until(lambda: bool(stranger.heard))
    dialed.close()
    assert stranger.heard == [("refused", "the server does not know this run with this token")]


def test_another_version_is_refused_by_name(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(world.path))
        send(connection, {"hello": 1, "run": "run-1", "token": TOKEN.reveal()})
        assert "another version" in receive(connection)[0]["refused"]
    assert "the supervisor of run run-1 speaks version 1 of the control channel, and this server" in caplog.text


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\n\r\n" * 4,
        struct.pack("!II", 1 << 30, 0),
        struct.pack("!II", 4, 0) + b"nope",
        struct.pack("!II", 2, 0) + b"[]",
        b"",
    ],
)
def test_junk_on_the_socket_is_closed_and_the_server_still_answers(world: World, junk: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(world.path))
        connection.sendall(junk)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        with contextlib.suppress(ConnectionResetError):  # with unread bytes, the kernel says so
            assert connection.recv(1) == b""
    world.connect()
    world.dialed.enter(entry())


def test_only_the_servers_user_may_enter(world: World) -> None:
    assert stat.S_IMODE(world.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(world.path.stat().st_mode) == 0o600


def test_a_path_that_is_too_long_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(LeastwayError, match="the control socket cannot be made"):
        ControlServer(tmp_path / ("x" * 120) / "socket")


def test_a_second_connection_replaces_the_first(world: World) -> None:
    world.connect()
    orders = HeardOrders()
    second = DialedAuthority(world.path, "run-1", TOKEN, orders)
    second.start()
    until(lambda: ("adrift", None) in world.orders.heard)
    world.dialed.close()
    second.close()


def test_a_gateway_dials_again_after_an_error_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    welcomed, left = world.orders.welcomed, ["once"]

    def told(terms: RunTerms) -> None:
        if left:
            raise KeyError(left.pop())
        welcomed(terms)

    monkeypatch.setattr(world.orders, "welcomed", told)
    world.connect()
    assert "the control channel is dialed again, after an internal error" in caplog.text


@pytest.mark.parametrize(
    ("state", "heard"),
    [
        ({}, ("awake", None)),
        ({"asleep": "the credentials are rotated"}, ("asleep", "the credentials are rotated")),
        ({"killed": "an owner stopped it"}, ("killed", "an owner stopped it")),
        ({"killed": "an owner stopped it", "asleep": "x"}, ("killed", "an owner stopped it")),
    ],
)
def test_a_gateway_that_comes_back_hears_the_phase_and_the_state_of_its_run(
    world: World, state: dict[str, str], heard: tuple[str, str | None]
) -> None:
    world.terms = terms(phase="apply", **state)
    world.connect()
    until(lambda: len(world.orders.heard) >= 3)
    assert world.orders.heard[1:] == [("phase", "apply"), heard]
