"""The state's socket of a run: what it passes on, and what it answers itself."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from leastway.errors import LeastwayError
from leastway.gateway.authority import Authority, AuthorityGoneError, StateAnswer, StateRequest
from leastway.gateway.supervisor import state_relay
from leastway.gateway.supervisor.state_relay import StateRelay
from tests.unit.gateway.terms import until

GONE = AuthorityGoneError("the server is lost")


@dataclass
class Server:
    """A server that answers, or fails, as planned."""

    plan: list[StateAnswer | LeastwayError]
    asked: list[StateRequest] = field(default_factory=list)

    def state(self, request: StateRequest) -> StateAnswer:
        self.asked.append(request)
        planned = self.plan.pop(0)
        if isinstance(planned, LeastwayError):
            raise planned
        return planned


Relayed = Callable[[Server], StateRelay]


@pytest.fixture
def relayed(tmp_path: Path) -> Iterator[Relayed]:
    with contextlib.ExitStack() as ends:

        def listen(server: Server) -> StateRelay:
            relay = StateRelay(cast("Authority", server))
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(os.fspath(tmp_path / "state"))
            listener.listen()
            relay.listen(listener)
            ends.callback(relay.close)
            return relay

        yield listen


@contextlib.contextmanager
def dialed(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(os.fspath(folder / "state"))
        yield connection


def answer_to(folder: Path, request: bytes) -> bytes:
    with dialed(folder) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_request_is_passed_on_with_three_headers_and_answered_with_its_own_length(
    tmp_path: Path, relayed: Relayed
) -> None:
    server = Server([StateAnswer(200, {"Content-Length": "99", "Transfer-Encoding": "chunked", "X": "1"}, b"{}")])
    relayed(server)
    headers = "Host: x\r\nAuthorization: A\r\nContent-Type: t\r\nContent-MD5: m\r\nCookie: c\r\n"
    head = f"POST /state?ID=1 HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n"
    answer = answer_to(tmp_path, head.encode() + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    passed = {"authorization": "A", "content-type": "t", "content-md5": "m"}
    assert server.asked == [StateRequest("POST", "/state", "ID=1", passed, b"abc")]
    assert answer == b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("plan", "is_given_up", "patience", "status", "asked"),
    [
        ([GONE, StateAnswer(200)], False, 90, b"200", 2),
        ([GONE, GONE], True, 90, b"503", 1),
        ([GONE, GONE], False, -1, b"503", 1),
        ([LeastwayError("planted")], False, 90, b"403", 1),
    ],
)
def test_a_request_waits_for_a_server_that_is_lost_until_it_is_given_up(
    tmp_path: Path,
    relayed: Relayed,
    monkeypatch: pytest.MonkeyPatch,
    plan: list[StateAnswer | LeastwayError],
    is_given_up: bool,
    patience: float,
    status: bytes,
    asked: int,
) -> None:
    server = Server(plan)
    relay = relayed(server)
    monkeypatch.setattr(state_relay, "_PATIENCE", patience)
    monkeypatch.setattr(cast("Any", relay)._is_given_up, "wait", lambda _seconds: is_given_up)
    assert answer_to(tmp_path, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").split()[1] == status
    assert len(server.asked) == asked


def test_a_state_that_is_too_large_is_not_passed_on(
    tmp_path: Path, relayed: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_relay, "_LARGEST", 3)
    server = Server([StateAnswer(200)])
    relayed(server)
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
    assert answer_to(tmp_path, post % (4, b"abcd")).startswith(b"HTTP/1.1 413 ")
    assert server.asked == []
    assert answer_to(tmp_path, post % (3, b"abc")).startswith(b"HTTP/1.1 200 ")


def test_a_connection_too_many_is_closed_and_later_ones_are_served(tmp_path: Path, relayed: Relayed) -> None:
    server = Server([StateAnswer(200)])
    relay = cast("Any", relayed(server))
    relay._slots = slots = threading.BoundedSemaphore(1)
    get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with dialed(tmp_path) as first:
        first.sendall(b"GET")
        until(lambda: slots._value == 0, 20)
        with dialed(tmp_path) as second, contextlib.suppress(ConnectionResetError):
            assert second.recv(1) == b""
    until(lambda: slots._value == 1, 20)
    assert answer_to(tmp_path, get).startswith(b"HTTP/1.1 200 ")
