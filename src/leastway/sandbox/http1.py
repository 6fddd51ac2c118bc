"""HTTP/1.1 for the embedded AWS and its clusters: a server on the loopback interface for known clients.

httptools reads the requests. Those of a connection are answered in order, and are complete before they are processed.
What these clients do not use (HTTP/2, websockets, upgrades) is not implemented. uvicorn takes 1.3 to 1.6 times the
processor time for a request on httptools, and four times on h11; the estate benchmark sends ten thousand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

__all__ = ["JSON", "Dropped", "Headers", "HttpConnections", "Message", "Send", "answer", "replay"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, bytes, Send], Awaitable[None]]
"""It gets the scope and the body of a request, and a `send`, as in ASGI."""
Headers = Sequence[tuple[bytes, bytes]]

JSON: Headers = ((b"content-type", b"application/json"),)

_REASONS = {status.value: f"{status.value} {status.phrase}".encode() for status in HTTPStatus}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_INVALID = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_WITHOUT_BODY = {204, 304}


class _Request(NamedTuple):
    scope: Message
    body: bytes
    keep_alive: bool


class Dropped(Exception):  # noqa: N818  # not an error: the application chooses not to respond
    """Raised by the application to close the connection without a response."""


async def answer(send: Send, status: int, body: bytes, headers: Headers = JSON) -> None:
    """Send a whole response."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def replay(body: bytes) -> Receive:
    """Return a `receive` of ASGI that returns the whole body at once."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


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
        self._requests: deque[_Request | None] = deque()
        """Those that wait; None for one that is not valid."""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.open.add(self._transport)
        self._peer = transport.get_extra_info("peername")[:2]
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
        path, _, query = bytes(self._target).partition(b"?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": self._parser.get_method().decode("ascii"),
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "headers": self._headers,
            "client": self._peer,
        }
        self._requests.append(_Request(scope, bytes(self._body), self._parser.should_keep_alive()))

    def _next(self) -> None:
        if self._task is not None or not self._requests:
            return
        request = self._requests.popleft()
        if request is not None:
            self._task = asyncio.create_task(self._answer(request))
            return
        self._transport.write(_INVALID)
        self._transport.close()

    async def _answer(self, request: _Request) -> None:
        response = _Response(self._transport, request.scope["method"])
        try:
            await self._server.application(request.scope, request.body, response.send)
        except Dropped:
            self._transport.abort()
        except Exception:  # noqa: BLE001  # a bug in the sandbox, which the client must see
            await answer(response.send, 500, b"the sandbox failed to answer", ())
        self._task = None
        if request.keep_alive:
            self._next()
        else:
            self._transport.close()


class _Response:
    """The application's response, written to the transport once it is complete."""

    __slots__ = ("_body", "_method", "_start", "_transport")

    def __init__(self, transport: asyncio.WriteTransport, method: str) -> None:
        self._transport = transport
        self._method = method
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        """Add a part of the response, and write the response with the last part."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        status, headers = self._start["status"], self._start["headers"]
        lines = [b"HTTP/1.1 " + _REASONS.get(status, str(status).encode())]
        lines += [name + b": " + value for name, value in headers]
        if status not in _WITHOUT_BODY and not any(name.lower() == b"content-length" for name, _ in headers):
            lines.append(b"content-length: %d" % len(self._body))
        head = b"\r\n".join([*lines, b"", b""])
        self._transport.write(head if self._method == "HEAD" else head + self._body)
