"""The proxy through which the server's own work reaches a cluster: HTTP CONNECT on loopback, or on a handed socket.

A pass is for one agent and one piece of work, such as a deployment: its user is ORGANIZATION_AGENT, its password a
random token. Whoever has none learns nothing about agents (407). A pass that ends cuts its streams.
Source: RFC 9110, sections 9.3.6 and 11.7.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import logging
import secrets
import socket
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import h11

from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.tunnel.frames import FrameError, Reset, ResetReason, read_target
from leastway.tunnel.hub import Hub, NoAgentError, StreamFailedError
from leastway.tunnel.pipe import Pipe
from leastway.tunnel.stream import TunnelStream

__all__ = ["Pass", "TunnelProxy"]

_log = logging.getLogger("leastway.tunnel")

_PATIENCE: Final = 10.0
_LARGEST_HEAD: Final = 16 * 1024
_LONGEST_PHRASE: Final = 300
_BACKLOG: Final = 2048
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_STATUS_OF: Final = {
    ResetReason.REFUSED: HTTPStatus.FORBIDDEN,
    ResetReason.TOO_MANY: HTTPStatus.SERVICE_UNAVAILABLE,
    ResetReason.DRAINING: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(eq=False, slots=True)
class Pass:
    """What one piece of work may use: an agent, until the pass ends. `work` names it in messages."""

    organization: str
    agent: str
    work: str
    password: Secret
    is_over: bool = False
    streams: set[TunnelStream] = field(default_factory=set)

    @property
    def user(self) -> str:
        """The user of the proxy URL."""
        return f"{self.organization}_{self.agent}"

    @property
    def digest(self) -> bytes:
        """What the proxy compares."""
        return _digest(self.user, self.password.reveal())


class TunnelProxy:
    """The proxy of a process. `give` and `end` may be called from any thread; it listens from the first pass on."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._passes: dict[bytes, Pass] = {}
        self._servers: list[asyncio.Server] = []
        self._port: asyncio.Task[int] | None = None

    def give(self, organization: str, agent: str, work: str) -> Pass:
        """Return a new pass."""
        given = Pass(organization, agent, work, Secret(secrets.token_urlsafe(32)))
        self._passes[given.digest] = given
        return given

    def end(self, given: Pass, reason: str) -> None:
        """End a pass and cut its streams, from any thread."""
        given.is_over = True
        self._passes.pop(given.digest, None)

        def act() -> None:
            for stream in tuple(given.streams):
                stream.reset(Reset(ResetReason.STOPPED, reason))

        self._hub.call(act)

    async def port(self) -> int:
        """Listen on loopback, if that is not done yet, and return the port."""
        if self._port is None:
            self._port = asyncio.ensure_future(self._listen_on_loopback())
        return await self._port

    async def listen(self, bound: socket.socket) -> None:
        """Listen on a socket that is bound, such as one inside a sandbox."""
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(lambda: _Client(self), sock=bound, backlog=_BACKLOG))

    async def _listen_on_loopback(self) -> int:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.bind(("127.0.0.1", 0))
        await self.listen(bound)
        return int(bound.getsockname()[1])

    def close(self) -> None:
        """Listen no more, and end every pass."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        self._port = None
        for given in tuple(self._passes.values()):
            self.end(given, "the server is ending")

    async def connect(self, credentials: tuple[str, str] | None, target: bytes, pipe: Pipe) -> None:
        """Open a stream for a client. Errors: _RefusalError."""
        given = self._passes.get(_digest(*credentials)) if credentials is not None else None
        if given is None:
            raise _RefusalError(
                HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, "the proxy needs the password of a deployment"
            )
        try:
            address = read_target(target)
        except FrameError as error:
            raise _RefusalError(HTTPStatus.BAD_REQUEST, "the target is not HOST:PORT") from error
        try:
            stream = await self._hub.open(given.organization, given.agent, address, pipe)
        except NoAgentError as error:
            raise _RefusalError(HTTPStatus.SERVICE_UNAVAILABLE, error.what) from error
        except StreamFailedError as error:
            status = _STATUS_OF.get(error.reset.reason, HTTPStatus.BAD_GATEWAY)
            raise _RefusalError(status, error.what) from error
        if given.is_over:
            stream.reset(Reset(ResetReason.STOPPED, "its deployment has ended"))
        elif not stream.is_over:
            given.streams.add(stream)
            pipe.on_closed = lambda: given.streams.discard(stream)


class _RefusalError(LeastwayError):
    def __init__(self, status: HTTPStatus, what: str) -> None:
        super().__init__(what)
        self.status = status


class _Client(asyncio.Protocol):
    """A client of the proxy, until its stream is opened."""

    def __init__(self, proxy: TunnelProxy) -> None:
        self._proxy = proxy
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's is not a subclass of asyncio.Transport
        self._timer = asyncio.get_running_loop().call_later(_PATIENCE, transport.close)

    def data_received(self, data: bytes) -> None:
        if self._task is not None or self._transport is None:
            return
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
        except h11.RemoteProtocolError:
            self._refuse(HTTPStatus.BAD_REQUEST, "it is not an HTTP request")
            return
        if event is h11.NEED_DATA:
            return
        if not isinstance(event, h11.Request) or event.method != b"CONNECT":
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "this proxy has the method CONNECT alone")
            return
        self._transport.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._connect(event))

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._stop_timer()
        if self._task is not None:
            self._task.cancel()

    async def _connect(self, request: h11.Request) -> None:
        self._stop_timer()
        transport = self._transport
        if transport is None:
            return
        pipe = Pipe(greeting=_ESTABLISHED, early=self._http.trailing_data[0])
        pipe.connection_made(transport)
        transport.set_protocol(pipe)
        try:
            await self._proxy.connect(_credentials(request), request.target, pipe)
        except _RefusalError as error:
            self._refuse(error.status, error.what)

    def _refuse(self, status: HTTPStatus, what: str) -> None:
        if self._transport is None:
            return
        body = f"{what}\n".encode()
        lines = [
            f"HTTP/1.1 {status.value} {status.phrase}: {_reason_phrase(what)}",
            "Connection: close",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(body)}",
        ]
        if status is HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            lines.append('Proxy-Authenticate: Basic realm="leastway"')
        self._transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self._transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _reason_phrase(what: str) -> str:
    """Return words for the status line, which clients of a proxy show: they drop the body. Agents may have sent them.

    Source: RFC 9112, section 4.
    """
    return "".join(each if " " <= each <= "~" else "?" for each in what[:_LONGEST_PHRASE])


def _credentials(request: h11.Request) -> tuple[str, str] | None:
    found = [value for name, value in request.headers if name == b"proxy-authorization"]
    scheme, _, encoded = found[0].partition(b" ") if len(found) == 1 else (b"", b"", b"")
    if scheme.lower() != b"basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def _digest(user: str, password: str) -> bytes:
    return hashlib.sha256(f"{user}:{password}".encode()).digest()
