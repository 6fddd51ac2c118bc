"""uvicorn over the application: an address, TLS, and an orderly stop.

Plain HTTP is served on loopback only. Requests for a WebSocket go to the tunnel, past ASGI. A signal ends the listening
first, then waits for requests in flight and for the tunnel's streams.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import uvicorn
from starlette.datastructures import State
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from leastway.api.application import application
from leastway.errors import InvalidInputError, LeastwayError
from leastway.service import Server
from leastway.service.tunnels import AgentTunnels

__all__ = ["Listening", "Running", "run", "serving_on_loopback"]

_GRACE: Final = 30
"""Seconds that requests in flight have to end."""
_IDLE: Final = 5.0
"""Seconds in which a client must read something of what waits for it, or end its request, once the server stops."""
_LARGEST_HEAD: Final = 64 << 10
"""Bytes of a request's line and headers, unless they come at once."""
_PATIENCE: Final = 60
"""Seconds until a server in a thread accepts connections."""
_BACKLOG: Final = 2048


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen: an address (not a name) and a port, 0 for any; the certificate chain and key for TLS.

    Errors: InvalidInputError for plain HTTP on an address that is not loopback.
    """

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError as error:
            raise InvalidInputError(
                f"{self.host!r} is not an IP address", fix="listen on an address such as 127.0.0.1 or ::"
            ) from error
        if (self.certificate is None) != (self.key is None):
            raise InvalidInputError("TLS needs a certificate and its key", fix="give --tls-certificate and --tls-key")
        if self.certificate is None and not address.is_loopback:
            raise InvalidInputError(
                f"plain HTTP would be served on {self.host}",
                fix="give --tls-certificate and --tls-key, or listen on 127.0.0.1 behind a proxy that ends TLS",
            )

    @property
    def url(self) -> str:
        """The URL of this address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Running:
    """A server that accepts connections: its URL, and `stop`, which ends it in order from any thread."""

    url: str
    stop: Callable[[], None]


def run(server: Server, listening: Listening, ready: Callable[[Running], None]) -> None:
    """Serve until a signal or `stop`, then stop in order. `ready` is called once connections are accepted.

    Errors: LeastwayError if the address is taken or the certificate cannot be used.
    """
    bound = _bind(listening)
    app = application(server)
    config = uvicorn.Config(
        app,
        http=_Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
        ws=cast("Any", server.tunnels.doorway(server.settings.hosts)) if server.settings.role.serves else "none",
        lifespan="off",
    )
    config.load()
    if listening.certificate is not None:
        config.ssl = _tls(listening)
    port = bound.getsockname()[1]
    url = Listening(listening.host, port, listening.certificate, listening.key).url
    try:
        _Uvicorn(config, url, ready, server.tunnels, app.state).run(sockets=[bound])
    finally:
        bound.close()
        app.state.threads.close()
        server.tunnels.join()


@contextmanager
def serving_on_loopback(server: Server) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1, in a thread, until the end of the block; give the URL.

    Errors: LeastwayError if it cannot start.
    """
    accepting: Future[Running] = Future()

    def serve() -> None:
        try:
            run(server, Listening("127.0.0.1", 0), accepting.set_result)
        except BaseException as error:
            if accepting.done():
                raise
            accepting.set_exception(error)

    thread = threading.Thread(target=serve, name="leastway-serving")
    thread.start()
    try:
        running = accepting.result(_PATIENCE)
        try:
            yield running.url
        finally:
            running.stop()
    finally:
        thread.join()


class _Uvicorn(uvicorn.Server):
    """Calls back when it accepts connections, and carries the tunnels in its loop."""

    def __init__(
        self, config: uvicorn.Config, url: str, ready: Callable[[Running], None], tunnels: AgentTunnels, state: State
    ) -> None:
        super().__init__(config)
        self._tunnels = tunnels
        self._state = state
        self._running = Running(url, self._stop)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        self._tunnels.start(asyncio.get_running_loop())
        await super().startup(sockets)
        if self.started:
            self._ready(self._running)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in order: agents connect elsewhere, logs are no longer followed, streams have the grace of requests.

        Clients that read nothing, or do not end their request, are cut soon: they would last until the grace is over.
        """
        self._state.is_stopping = True
        cutting = asyncio.create_task(self._cut_idle())
        await super().shutdown(sockets)
        cutting.cancel()
        self._tunnels.close()

    async def _cut_idle(self) -> None:
        waited: dict[_Connection, int] = {}
        while True:
            waits = {one: one.waiting for one in self.server_state.connections if isinstance(one, _Connection)}
            for one, waiting in waits.items():
                if waiting and waiting == waited.get(one):
                    one.transport.abort()
            waited = waits
            await asyncio.sleep(_IDLE)

    def _stop(self) -> None:
        self.should_exit = True


class _Connection(HttpToolsProtocol):
    """A client's connection. What httptools collects is bounded: it takes time with the square of its size."""

    _collected = 0
    """Bytes since the last header, or piece of a body, that was complete."""
    _is_asking = False

    @property
    def waiting(self) -> int:
        """How many bytes the client has still to read, or -1 while the rest of its request is waited for."""
        return self.transport.get_write_buffer_size() or (-1 if self._is_asking else 0)

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, and refuse a head, or what stands between pieces of a body, that is too long."""
        self._collected += len(data)
        super().data_received(data)
        if self._collected > _LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_asking = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Take the head."""
        self._collected = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._collected = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of the request."""
        self._collected = 0
        self._is_asking = False
        super().on_message_complete()


def _bind(listening: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((listening.host, listening.port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise LeastwayError(
            f"cannot listen there: {error.strerror}", where=listening.url, fix="choose another one with --listen"
        ) from error
    return bound


def _tls(listening: Listening) -> ssl.SSLContext:
    assert listening.certificate is not None  # noqa: S101 - the caller looked
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(listening.certificate, listening.key)
    except OSError as error:  # ssl.SSLError is one
        why = error.strerror or getattr(error, "reason", None) or str(error)
        raise LeastwayError(
            f"the certificate cannot be used: {why}",
            where=f"{listening.certificate}, {listening.key}",
            fix="give a PEM chain, the server's certificate first, and its key without a passphrase",
        ) from error
    return context
