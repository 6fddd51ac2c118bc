"""A TLS port of the loopback interface, and the connections to it."""

from __future__ import annotations

import asyncio
import ssl

from leastway.sandbox.kube.certificate import ClusterAuthority
from leastway.sandbox.kube.connection import Respond, serve_connection

__all__ = ["HOST", "DropConnectionError", "Listener"]

HOST = "127.0.0.1"


class DropConnectionError(Exception):
    """Raised while a request is answered: the client is to get no answer."""


class Listener:
    """Listens with a certificate of `authority`, and lets `respond` answer each request."""

    def __init__(self, respond: Respond, authority: ClusterAuthority) -> None:
        self._respond = respond
        self._authority = authority
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def endpoint(self) -> str:
        """`https://127.0.0.1:<port>`, once it listens."""
        if self._server is None:
            raise RuntimeError("the endpoint of a server that is not started")
        return f"https://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen on a free port."""
        context = self._authority.server_context(HOST)
        self._server = await asyncio.start_server(self._serve, HOST, 0, ssl=context)

    async def stop(self) -> None:
        """Stop listening and cut the open connections."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await asyncio.sleep(0)  # for the transports to close

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a connection is always served by a task
        if self._server is None:  # it was greeted just before the stop
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            await serve_connection(reader, writer, self._respond)
            writer.close()
            await writer.wait_closed()
        except (DropConnectionError, ConnectionError, TimeoutError, ssl.SSLError, asyncio.CancelledError):
            writer.transport.abort()  # the client went away or shall get no answer, or the server stops
        finally:
            self._connections.discard(task)
