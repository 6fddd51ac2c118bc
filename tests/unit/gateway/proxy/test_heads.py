"""Heads of requests, split anywhere, and what has two readings."""

from __future__ import annotations

import contextlib
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.gateway.proxy.heads import BadRequestError, ClosedError, HeadReader, TooSlowError

GET = b"GET /key?a=b HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n"
PUT = b"PUT /key HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"PUT /key HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


def read(*pieces: bytes, count: int = 1) -> list[tuple[str, bytes]]:
    """Return target and body of each request."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for piece in pieces:
            theirs.sendall(piece)
        theirs.shutdown(socket.SHUT_WR)
        reader = HeadReader(ours, seconds=5, idle=5)
        found = []
        for number in range(count):
            if number:
                reader.next()
            head = reader.read()
            found.append((head.target, b"".join(iter(reader.body, b""))))
        return found


@pytest.mark.parametrize(
    ("request_", "body"), [(GET, b""), (PUT, b"hello"), (CHUNKED, b"hello")], ids=["get", "length", "chunks"]
)
def test_a_request_is_read_however_it_is_split(request_: bytes, body: bytes) -> None:
    for cut in range(1, len(request_)):
        assert read(request_[:cut], request_[cut:])[0][1] == body


def test_requests_that_arrive_together_are_read_one_by_one() -> None:
    found = read(GET + PUT + CHUNKED + GET, count=4)
    assert [body for _, body in found] == [b"", b"hello", b"hello", b""]


def test_the_second_of_two_requests_is_checked_as_strictly_as_the_first() -> None:
    with pytest.raises(BadRequestError, match="bare line end"):
        read(GET + GET.replace(b"A: b\r\n", b"A: b\nC: d\r\n"), count=2)


def test_a_connection_may_end_between_requests_and_not_within_one() -> None:
    with pytest.raises(ClosedError):
        read(b"")
    with pytest.raises(BadRequestError, match="not complete"):
        read(GET[:20])
    with pytest.raises(BadRequestError):
        read(PUT[:-2])


def test_silence_ends() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"GET")
        with pytest.raises(TooSlowError):
            HeadReader(ours, seconds=0.05, idle=5).read()


@given(st.binary(max_size=300), st.integers(0, len(PUT)), st.integers(0, 40))
def test_anything_is_read_or_refused(junk: bytes, at: int, length: int) -> None:
    with contextlib.suppress(BadRequestError, ClosedError, TooSlowError):
        read(PUT[:at] + junk + PUT[at + length :])


def test_a_head_of_spaces_is_judged_at_once() -> None:
    with pytest.raises(BadRequestError):
        read(b"GET / HTTP/1.1\r\nHost: x\r\n" + b" \t" * 30_000 + b"\r\n" + b" " * 5_000 + b"\r\n\r\n")
    with pytest.raises(BadRequestError):
        read(b"GET / HTTP/1.1\r\nA" + b" " * 60_000 + b"\r\n\r\n")
