"""Connections: each request is given whole to the application, and answered, dropped or cut."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from leastway.sandbox.http1 import Dropped, HttpConnections, HttpRequest, HttpResponse


class Wire(asyncio.Transport):
    """A transport that records what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 4242)})
        self.written = bytearray()
        self.closed = self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True


async def echo(request: HttpRequest) -> HttpResponse:
    query = " ".join(f"{name}={value}" for name, value in request.query.items())
    text = f"{request.method} {request.path} {query} ".encode() + request.body
    return HttpResponse(200, text, [(b"x", b"y")])


def talk(parts: list[bytes], application: Callable[..., Any] = echo) -> Wire:
    """Send `parts` one after another and return the transport after all responses."""

    async def main() -> Wire:
        connection, wire = HttpConnections(application)(), Wire()
        assert isinstance(connection, asyncio.Protocol)
        connection.connection_made(wire)
        for part in parts:
            connection.data_received(part)
            for _ in range(5):
                await asyncio.sleep(0)
        connection.connection_lost(None)
        return wire

    return asyncio.run(main())


GET = b"GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"PUT /k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


def answered(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.parametrize(
    ("request_", "body"), [(GET, b"GET /a b c=d "), (POST, b"POST /  hello"), (CHUNKED, b"PUT /k  hello")]
)
def test_a_request_is_answered_however_it_is_split(request_: bytes, body: bytes) -> None:
    for cut in range(1, len(request_)):
        assert talk([request_[:cut], request_[cut:]]).written == answered(body)


def test_requests_on_one_connection_are_answered_in_order() -> None:
    wire = talk([GET + POST + CHUNKED, GET])
    bodies = [b"GET /a b c=d ", b"POST /  hello", b"PUT /k  hello", b"GET /a b c=d "]
    assert wire.written == b"".join(map(answered, bodies))
    assert not wire.closed


def test_a_client_that_expects_100_continue_gets_it() -> None:
    head = b"PUT / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    wire = talk([head, b"ok"])
    assert wire.written == b"HTTP/1.1 100 Continue\r\n\r\n" + answered(b"PUT /  ok")


def test_a_connection_is_closed_on_request() -> None:
    assert talk([b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"]).closed
    assert talk([b"GET / HTTP/1.0\r\n\r\n"]).closed


@pytest.mark.parametrize(
    "nonsense",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    ],
)
def test_an_invalid_request_is_refused(nonsense: bytes) -> None:
    wire = talk([nonsense])
    assert wire.written.startswith(b"HTTP/1.1 400 ")
    assert wire.closed


def test_a_dropped_request_gets_no_response() -> None:
    async def drop(request: HttpRequest) -> HttpResponse:
        raise Dropped

    wire = talk([GET], drop)
    assert wire.aborted
    assert wire.written == b""


def test_a_failure_of_the_application_is_a_500() -> None:
    async def fail(request: HttpRequest) -> HttpResponse:
        raise KeyError("bug")

    assert talk([GET], fail).written.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")


def test_a_response_to_head_has_no_body() -> None:
    wire = talk([b"HEAD / HTTP/1.1\r\n\r\n"])
    assert wire.written == b"HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 8\r\n\r\n"


def test_a_no_content_response_has_no_length() -> None:
    async def nothing(request: HttpRequest) -> HttpResponse:
        return HttpResponse(204, b"", ())

    assert talk([GET], nothing).written == b"HTTP/1.1 204 No Content\r\n\r\n"


def test_after_a_cut_no_connection_opens() -> None:
    async def main() -> None:
        connections = HttpConnections(echo)
        wires = [Wire(), Wire()]
        connections().connection_made(wires[0])
        assert not wires[0].aborted
        connections.cut()
        connections().connection_made(wires[1])
        assert [wire.aborted for wire in wires] == [True, True]

    asyncio.run(main())
