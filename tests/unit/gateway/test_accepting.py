"""What listens goes on when a connection cannot be accepted or served."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from leastway.gateway import MemoryAuthority
from leastway.gateway.accepting import accepted
from leastway.gateway.control import ControlServer
from leastway.gateway.control.channel import receive, send
from leastway.gateway.proxy import Proxy
from leastway.gateway.proxy.upstream import Outside
from leastway.gateway.supervisor.state_relay import StateRelay
from leastway.gateway.switch import RunSwitch
from tests.unit.gateway.terms import issued


def without_threads(monkeypatch: pytest.MonkeyPatch, name: str, *, number: int = 1) -> None:
    """Let one of the threads of this name not be started: the first, or another number."""
    start, names = threading.Thread.start, list[str]()

    def starts(thread: threading.Thread) -> None:
        names.append(thread.name)
        if thread.name == name and names.count(name) == number:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", starts)


@contextlib.contextmanager
def dialed(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(os.fspath(path))
        yield connection


def listening(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(path))
    listener.listen()
    return listener


def test_the_server_answers_gateways_after_one_for_which_it_had_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ControlServer(tmp_path / "control" / "socket")
    without_threads(monkeypatch, "leastway-greet")
    hello = {"hello": 0, "run": "run-1", "token": "t"}
    with dialed(server.path) as connection:
        with contextlib.suppress(BrokenPipeError):
            send(connection, hello)
        with pytest.raises((EOFError, ConnectionError)):
            receive(connection)
    with dialed(server.path) as connection:
        send(connection, hello)
        assert "another version" in receive(connection)[0]["refused"]
    server.close()


def test_the_state_is_served_after_a_connection_for_which_there_was_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = StateRelay(MemoryAuthority(issued))
    without_threads(monkeypatch, "leastway-state", number=2)  # the first one accepts
    relay.listen(listening(tmp_path / "state"))
    for answer in (b"", b"HTTP/1.1 404"):
        with dialed(tmp_path / "state") as connection, contextlib.suppress(BrokenPipeError):
            connection.sendall(b"GET /state HTTP/1.1\r\nHost: x\r\n\r\n")
            found = b""
            with contextlib.suppress(ConnectionResetError):
                found = connection.recv(12)
            assert found == answer
    relay.close()


@pytest.mark.parametrize("lacks", ["threads", "descriptors"])
def test_the_proxy_serves_after_a_connection_that_it_could_not_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    nothing = cast("Any", None)
    proxy = Proxy(nothing, nothing, RunSwitch(), nothing, outside=Outside())
    if lacks == "threads":
        without_threads(monkeypatch, "leastway-proxied")
    else:
        dup, left = socket.socket.dup, ["once"]

        def dups(connection: socket.socket) -> socket.socket:
            if left:
                raise OSError(errno.EMFILE, left.pop())
            return dup(connection)

        monkeypatch.setattr(socket.socket, "dup", dups)
    proxy.listen(listening(tmp_path / "proxy"))
    for answer in (b"", b"HTTP/1.1 405"):
        with dialed(tmp_path / "proxy") as connection, contextlib.suppress(BrokenPipeError):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            found = b""
            with contextlib.suppress(ConnectionResetError):
                found = connection.recv(12)
            assert found == answer
    proxy.close()


class NoDescriptors:
    """A listening socket whose process has no descriptor left for a moment, and which is shut down then."""

    def __init__(self) -> None:
        self.errors = [errno.EMFILE, errno.ECONNABORTED, errno.EINVAL]

    def accept(self) -> tuple[socket.socket, object]:
        raise OSError(self.errors.pop(0), "planted")


def test_a_process_without_descriptors_accepts_again_later() -> None:
    listener = NoDescriptors()
    assert accepted(cast("socket.socket", listener)) is None
    assert listener.errors == []
