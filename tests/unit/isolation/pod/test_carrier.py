"""Streams over one stream: what arrives, what waits, and what ends it."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leastway.isolation.pod.carried import WINDOW
from leastway.isolation.pod.carrier import Carrier

OPEN, DATA, END, RESET, CREDIT, WORD, BEAT = range(7)


def frame(kind: int, number: int, content: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("!BII", kind, number, len(content) if length is None else length) + content


@dataclass
class End:
    carrier: Carrier
    thread: threading.Thread
    words: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def running(one: socket.socket, local: list[socket.socket] | None = None) -> Iterator[End]:
    words: list[dict[str, Any]] = []

    def opened(_port: int) -> socket.socket | None:
        assert local is not None
        if not local:
            return None
        return local.pop(0)

    carrier = Carrier(one.fileno(), one.fileno(), words.append, None if local is None else opened)
    end = End(carrier, threading.Thread(target=carrier.run), words)
    end.thread.start()
    try:
        yield end
    finally:
        carrier.close()
        end.thread.join()


@contextmanager
def pair(*local: socket.socket) -> Iterator[tuple[End, End, int]]:
    """Two ends; a port of the second leads to these sockets of the first, one after the other."""
    one, other = socket.socketpair()
    with (
        one,
        other,
        running(one, list(local)) as launching,
        running(other) as inside,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        port = listening.getsockname()[1]
        inside.carrier.listen(listening.dup(), port)
        yield launching, inside, port


def received(one: socket.socket, size: int) -> bytes:
    one.settimeout(20)
    content = b""
    while len(content) < size and (piece := one.recv(65536)):
        content += piece
    return content


def flooded(one: socket.socket) -> int:
    """Send until nothing more is taken; return how much was."""
    one.settimeout(1)
    sent = 0
    with suppress(TimeoutError):
        while True:
            sent += one.send(b"x" * 65536)
    return sent


def test_connections_carry_both_directions_and_end_by_halves() -> None:
    mine, theirs = socket.socketpair()
    with pair(theirs) as (_, _, port), mine, socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert received(mine, 100) == b"question"
        mine.sendall(b"answer" * 1000)
        mine.close()
        assert received(client, 10000) == b"answer" * 1000
        assert client.recv(1) == b""


def test_a_stream_that_nobody_reads_holds_up_no_other_and_is_bounded() -> None:
    stuck, stuck_there = socket.socketpair()
    mine, theirs = socket.socketpair()
    with (
        pair(stuck_there, theirs) as (launching, _, port),
        stuck,
        mine,
        socket.create_connection(("127.0.0.1", port)) as flood,
    ):
        sent = flooded(flood)
        assert max(len(one.pending) for one in launching.carrier._carried.values()) <= WINDOW
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"hello")
            assert received(mine, 5) == b"hello"
        assert len(received(stuck, sent)) == sent


def test_large_contents_arrive_whole_in_both_directions() -> None:
    content = os.urandom(3 * WINDOW + 17)
    mine, theirs = socket.socketpair()
    with pair(theirs) as (_, _, port), mine, socket.create_connection(("127.0.0.1", port)) as client:
        threads = [threading.Thread(target=one.sendall, args=(content,)) for one in (client, mine)]
        for thread in threads:
            thread.start()
        assert received(mine, len(content)) == content
        assert received(client, len(content)) == content
        for thread in threads:
            thread.join()


def test_a_connection_that_nobody_takes_is_closed() -> None:
    with pair() as (_, _, port), socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(20)
        assert client.recv(1) == b""


def test_messages_arrive_in_order_and_the_end_is_told() -> None:
    one, other = socket.socketpair()
    with one, other, running(one, []) as launching, running(other) as inside:
        for index in range(100):
            inside.carrier.say({"index": index})
        inside.carrier.finish()
        inside.thread.join(20)
        assert inside.carrier.why == ""
        other.close()
        launching.thread.join(20)
        assert [word["index"] for word in launching.words] == list(range(100))
        assert "closed" in launching.carrier.why


def test_what_was_sent_before_the_end_is_passed_on() -> None:
    one, other = socket.socketpair()
    reading, writing = os.pipe()
    with one, running(one, []) as launching:
        launching.carrier.carry(1, writes=writing)
        content = b"y" * 200_000  # more than a pipe takes at once
        for at in range(0, len(content), 20_000):
            other.sendall(frame(DATA, 1, content[at : at + 20_000]))
        other.close()
        with os.fdopen(reading, "rb") as source:
            assert source.read() == content


@pytest.mark.parametrize(
    "sent",
    [
        frame(9, 1),
        frame(DATA, 1, length=1 << 30),
        frame(WORD, 0, length=1 << 20),
        frame(WORD, 0, b"[1]"),
        frame(WORD, 0, b"{"),
        frame(WORD, 0, b"[" * 60_000),
        frame(OPEN, 1, b"\0\1"),
        frame(OPEN, 101, b"\0\1") + frame(OPEN, 101, b"\0\1"),
        frame(OPEN, 101, b""),
        frame(DATA, 1, b"x" * 32768) * 17,
        frame(DATA, 4, b"x"),
        frame(END, 4),
    ],
)
def test_whoever_breaks_the_rules_is_cut_off(sent: bytes) -> None:
    one, other = socket.socketpair()
    reading, writing = os.pipe()
    mine, theirs = os.pipe()
    with one, other, running(one, []) as launching:
        launching.carrier.carry(1, writes=writing)
        launching.carrier.carry(4, reads=mine)
        launching.carrier.say({})
        assert other.recv(100)
        reader = threading.Thread(target=lambda: Path(f"/proc/self/fd/{reading}").read_bytes(), daemon=True)
        other.sendall(sent)
        time.sleep(0.1)  # nobody reads what has come
        reader.start()
        until = time.monotonic() + 20
        while launching.thread.is_alive() and time.monotonic() < until:
            launching.thread.join(0.1)
        assert launching.carrier.why.startswith("the other end")
    reader.join(20)
    os.close(reading)
    os.close(theirs)


def test_what_is_handed_over_after_the_end_is_closed() -> None:
    one, other = socket.socketpair()
    with one, other, running(one, []) as launching:
        launching.carrier.close()
        launching.thread.join(20)
        reading, writing = os.pipe()
        launching.carrier.carry(1, writes=writing)
        with os.fdopen(reading, "rb") as source:
            assert source.read() == b""
