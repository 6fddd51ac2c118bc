"""HTTP/1.1 for the embedded AWS and its clusters: a server on the loopback interface for known clients.

httptools reads the requests. Those of a connection are answered in order, and are complete before they are processed.
What these clients do not use (HTTP/2, websockets, upgrades) is not implemented. uvicorn takes 1.3 to 1.6 times the
processor time for a request on httptools, and four times on h11; the estate benchmark sends ten thousand.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

__all__ = ["Dropped", "HttpConnections", "HttpRequest", "HttpResponse", "json_response"]

Headers = Sequence[tuple[bytes, bytes]]

_REASONS = {status.value: f"{status.value} {status.phrase}".encode() for status in HTTPStatus}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_INVALID = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_WITHOUT_BODY = {204, 304}


@dataclass(frozen=True)
class HttpRequest:
    """One complete request."""

    method: str
    target: str
    """Path and query as sent."""
    headers: Headers
    """Names are in lower case; a name may appear twice."""
    body: bytes = b""
    client: str = "127.0.0.1"
    """The address of the client."""

    @cached_property
    def path(self) -> str:
        """The decoded path."""
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query; the last one if it is repeated."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def header(self, name: bytes) -> str:
        """Return the value of a header, the last one if it is repeated, or an empty string."""
        return dict(self.headers).get(name, b"").decode("latin-1")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One complete response; the length of its body is added to the headers."""

    status: int
    body: bytes
    headers: Headers = ((b"content-type", b"application/json"),)


def json_response(status: int, value: Any) -> HttpResponse:
    """Return a response with `value` as JSON."""
    return HttpResponse(status, json.dumps(value, separators=(",", ":")).encode() + b"\n")


class Dropped(Exception):  # noqa: N818  # not an error: the application chooses not to respond
    """Raised by the application to close the connection without a response."""


Application = Callable[[HttpRequest], Awaitable[HttpResponse]]


class HttpConnections:
    """The connections of one server; asyncio calls it for a new one. After `cut`, one that opens is closed at once."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.open: set[asyncio.Transport] = set()
        self.is_cut = False

    def __call__(self) -> asyncio.Protocol:
        """Return a new connection."""
        return _Connection(self)

    def cut(self) -> None:
        """Close all connections immediately."""
        self.is_cut = True
        for transport in self.open:
            transport.abort()


class _Connection(asyncio.Protocol):
    """One connection: requests are read by httptools, and the application gets one after another."""

    def __init__(self, server: HttpConnections) -> None:
        self._server = server
        self._parser = HttpRequestParser(self)
        self._target, self._body = bytearray(), bytearray()
        self._headers: list[tuple[bytes, bytes]] = []
        self._requests: deque[tuple[HttpRequest, bool] | None] = deque()
        """Those that wait, each with whether the connection stays open after it; None for one that is not valid."""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.open.add(self._transport)
        self._client = transport.get_extra_info("peername")[0]
        if self._server.is_cut:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop the requests that wait. One that is being processed continues, as on AWS."""
        self._server.open.discard(self._transport)
        self._requests.clear()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._requests.append(None)
        self._next()

    def on_message_begin(self) -> None:
        self._target, self._body, self._headers = bytearray(), bytearray(), []

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if (b"expect", b"100-continue") in self._headers:
            self._transport.write(_CONTINUE)

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        method, target = self._parser.get_method().decode("ascii"), self._target.decode("ascii")
        request = HttpRequest(method, target, self._headers, bytes(self._body), self._client)
        self._requests.append((request, self._parser.should_keep_alive()))

    def _next(self) -> None:
        if self._task is not None or not self._requests:
            return
        waiting = self._requests.popleft()
        if waiting is not None:
            self._task = asyncio.create_task(self._answer(*waiting))
            return
        self._transport.write(_INVALID)
        self._transport.close()

    async def _answer(self, request: HttpRequest, keep_alive: bool) -> None:
        try:
            self._transport.write(_rendered(await self._server.application(request), request.method))
        except Dropped:
            self._transport.abort()
        except Exception:  # noqa: BLE001  # a bug in the sandbox, which the client must see
            self._transport.write(_rendered(HttpResponse(500, b"the sandbox failed to answer", ()), request.method))
        self._task = None
        if keep_alive:
            self._next()
        else:
            self._transport.close()


def _rendered(response: HttpResponse, method: str) -> bytes:
    lines = [b"HTTP/1.1 " + _REASONS.get(response.status, str(response.status).encode())]
    lines += [name + b": " + value for name, value in response.headers]
    has_length = any(name.lower() == b"content-length" for name, _ in response.headers)
    if response.status not in _WITHOUT_BODY and not has_length:
        lines.append(b"content-length: %d" % len(response.body))
    head = b"\r\n".join([*lines, b"", b""])
    return head if method == "HEAD" else head + response.body
