"""A TLS port on the loopback interface, and its requests and responses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from leastway.sandbox.http1 import JSON, Headers, HttpConnection, HttpConnections, Message, Receive, Send, answer
from leastway.sandbox.kube.certificate import ClusterAuthority

__all__ = ["HOST", "HttpRequest", "HttpResponse", "Listener", "json_response"]

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request: `path` is decoded, `target` is path and query as sent."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Headers
    """Names are in lower case; a name may appear twice."""
    body: bytes

    def header(self, name: bytes) -> str:
        """Return the value of a header, the last one if it is repeated, or an empty string."""
        return dict(self.headers).get(name, b"").decode("latin-1")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One response."""

    status: int
    body: bytes
    headers: Headers = JSON


def json_response(status: int, value: Mapping[str, Any]) -> HttpResponse:
    """Return a response that is a JSON object."""
    return HttpResponse(status, json.dumps(value, separators=(",", ":")).encode() + b"\n")


class Listener:
    """A TLS server with a certificate of `authority`; subclasses implement the response to a request."""

    def __init__(self, authority: ClusterAuthority) -> None:
        self._authority = authority
        self._server: asyncio.Server | None = None
        self._connections = HttpConnections()

    @property
    def endpoint(self) -> str:
        """`https://127.0.0.1:<port>`, once it listens."""
        if self._server is None:
            raise RuntimeError("the server has not been started, so it has no endpoint")
        return f"https://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen on a free port."""
        context = self._authority.server_context(HOST)
        connections = self._connections = HttpConnections()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: HttpConnection(self._answer, connections), HOST, 0, ssl=context)

    async def stop(self) -> None:
        """Stop listening and close the open connections."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self._connections.cut()
        await asyncio.sleep(0)  # for the transports to close

    async def respond(self, request: HttpRequest) -> HttpResponse:
        """Return the response to one request; `Dropped` closes the connection without a response."""
        raise NotImplementedError

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        path, query = scope["raw_path"].decode("ascii"), scope["query_string"].decode("ascii")
        request = HttpRequest(
            scope["method"],
            f"{path}?{query}" if query else path,
            scope["path"],
            dict(parse_qsl(query, keep_blank_values=True)),
            scope["headers"],
            (await receive())["body"],
        )
        response = await self.respond(request)
        await answer(send, response.status, response.body, response.headers)
