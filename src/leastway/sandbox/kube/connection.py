"""HTTP/1.1 over one connection: h11 reads and writes the protocol, asyncio the bytes.

Requests on a connection are answered in order; a connection stays open until the client or `KubeServer.stop` ends it.
No HTTP/2 and no compression: no client needs them on the loopback interface.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import h11

__all__ = ["BODY_LIMIT", "Content", "Request", "Respond", "Response", "serve_connection"]

BODY_LIMIT = 3 * 1024 * 1024
"""A kube-apiserver's own limit for a request body, in bytes."""

_HEAD_LIMIT = 1024 * 1024
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `path` is decoded; a body of None was over the limit.

    `headers` have lower-case names, and the values of a repeated one are joined by commas (RFC 9110, section 5.3).
    """

    method: str
    target: str
    """Path and query as they were sent."""
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Content:
    """A body that is passed on as it came."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One response: a JSON object, or `content` with the media type that it names.

    Each warning is shown to a person by kubectl.
    """

    status: int
    body: Mapping[str, Any] | Content
    warnings: tuple[str, ...] = field(default=())


Respond = Callable[[Request], Awaitable[Response]]


async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, respond: Respond) -> None:
    """Answer the requests of one connection until the client closes it or breaks the protocol."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_LIMIT)
    while (request := await _read(connection, reader, writer)) is not None:
        response = await respond(request)
        writer.write(_render(connection, request, response))
        await writer.drain()
        if connection.our_state is h11.MUST_CLOSE:
            return
        connection.start_next_cycle()


async def _next_event(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
    while (event := connection.next_event()) is h11.NEED_DATA:
        if connection.they_are_waiting_for_100_continue:
            writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        connection.receive_data(await reader.read(_CHUNK))
    return event


async def _read(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    """Return the next request, or None when the client is done or speaks no HTTP."""
    body = bytearray()
    head: h11.Request | None = None
    try:
        while True:
            match await _next_event(connection, reader, writer):
                case h11.Request() as event:
                    head = event
                case h11.Data(data=data):
                    body += data
                    if head is not None and len(body) > BODY_LIMIT:
                        return _request(head, None)
                case h11.EndOfMessage() if head is not None:
                    return _request(head, bytes(body))
                case _:
                    return None
    except (h11.RemoteProtocolError, ConnectionError):
        return None


def _request(head: h11.Request, body: bytes | None) -> Request:
    target = head.target.decode("ascii")
    path, _, query = target.partition("?")
    headers: dict[str, str] = {}
    for name, value in head.headers:
        key, text = name.decode("ascii"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return Request(
        head.method.decode("ascii"),
        target,
        unquote(path),
        dict(parse_qsl(query, keep_blank_values=True)),
        headers,
        body,
    )


def _render(connection: h11.Connection, request: Request, response: Response) -> bytes:
    if isinstance(response.body, Content):
        media_type, body = response.body.media_type, response.body.data
    else:
        media_type, body = "application/json", json.dumps(response.body, separators=(",", ":")).encode() + b"\n"
    headers = [("content-type", media_type), ("content-length", str(len(body)))]
    headers += [("warning", f'299 - "{_quoted(text)}"') for text in response.warnings]
    if request.body is None:  # what is left of it will not be read
        headers.append(("connection", "close"))
    head = h11.Response(status_code=response.status, headers=headers)
    content = [] if request.method == "HEAD" else [h11.Data(data=body)]
    sent = (connection.send(event) for event in (head, *content, h11.EndOfMessage()))
    return b"".join(part for part in sent if part)


def _quoted(text: str) -> str:
    """Escape `text` for a quoted string of a header (RFC 9110, section 5.6.4), in ASCII."""
    return text.replace("\\", "\\\\").replace('"', '\\"').encode("ascii", "replace").decode("ascii")
