"""One cluster: its TLS port, its state, and the way of a request through it."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from leastway.sandbox.kube.api import Api
from leastway.sandbox.kube.certificate import ClusterAuthority
from leastway.sandbox.kube.connection import serve_connection
from leastway.sandbox.kube.seed import new_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leastway.sandbox.kube.connection import Request, Response
    from leastway.sandbox.kube.hook import KubeCall, RequestHook
    from leastway.sandbox.kube.identity import AuthenticatorFactory
    from leastway.sandbox.kube.store import Snapshot

__all__ = ["KubeServer"]

_HOST = "127.0.0.1"


async def _ignore(event: KubeCall) -> None:
    """Take no note."""


class KubeServer:
    """The API server of one cluster, with a CA of its own, on a free port of the loopback interface.

    `authenticator` makes what checks tokens; `hook` is told of each request; `aws_auth`, where given, is the `data`
    of the ConfigMap kube-system/aws-auth that the cluster starts with; `namespaces` are there beside those of the
    system. State lives in memory and survives `stop`.
    """

    def __init__(
        self,
        cluster: str,
        authenticator: AuthenticatorFactory,
        *,
        hook: RequestHook = _ignore,
        aws_auth: Mapping[str, str] | None = None,
        namespaces: Iterable[str] = (),
    ) -> None:
        self.cluster = cluster
        self._authority = ClusterAuthority()
        self._store = new_store(aws_auth, namespaces)
        self._api = Api(cluster, authenticator, self._store)
        self._hook = hook
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def ca_pem(self) -> bytes:
        """The CA that a client has to trust, as PEM; it stays the same from start to start."""
        return self._authority.pem

    @property
    def endpoint(self) -> str:
        """`https://127.0.0.1:<port>`, once the server is started."""
        if self._server is None:
            raise RuntimeError(f"the cluster {self.cluster} is not started")
        return f"https://{_HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen on a free port."""
        context = self._authority.server_context(_HOST)
        self._server = await asyncio.start_server(self._serve, _HOST, 0, ssl=context)

    async def stop(self) -> None:
        """Stop listening and cut the open connections."""
        if self._server is None:
            return
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._server = None

    def snapshot(self) -> Snapshot:
        """Return the state of the cluster, to be put back by `restore`."""
        return self._store.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Put the state back; the port and the CA stay as they are."""
        self._store.restore(snapshot)

    async def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Return the `data` of a ConfigMap as it is now, or None when there is none."""
        return await self._api.config_map(namespace, name)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a connection is always served by a task
        self._connections.add(task)
        try:
            await serve_connection(reader, writer, self._respond)
        except _DroppedError:
            writer.transport.abort()
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass  # the client went away, or the server stops
        finally:
            self._connections.discard(task)
            writer.close()

    async def _respond(self, request: Request) -> Response:
        response, call = await self._api.answer(request)
        try:
            await self._hook(call)
        except Exception as error:
            raise _DroppedError from error
        return response


class _DroppedError(Exception):
    """The hook wants the client to get no response."""
