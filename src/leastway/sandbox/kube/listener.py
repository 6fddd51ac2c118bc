"""A TLS port on the loopback interface with a certificate of its own authority.

trustme makes the certificates. The keys are in memory; the server's key passes through a private temporary file,
because `ssl` can load it only from a file.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import ssl

import trustme

from leastway.sandbox.http1 import HttpConnections, HttpRequest, HttpResponse

__all__ = ["HOST", "ClusterAuthority", "Listener"]

HOST = "127.0.0.1"


class ClusterAuthority:
    """The CA of one cluster. Each cluster has its own, so a client that trusts one does not trust another."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self.pem: bytes = self._authority.cert_pem.bytes()

    @property
    def pem_base64(self) -> str:
        """The certificate in the form of kubeconfig files and EKS."""
        return base64.b64encode(self.pem).decode("ascii")

    def issue(self, host: str) -> trustme.LeafCert:
        """Return a server certificate for the address `host`, with its private key."""
        return self._authority.issue_cert(host, "localhost", "kubernetes")

    def server_context(self, host: str) -> ssl.SSLContext:
        """Return a TLS context with a certificate for `host`, which is created at the first client's hello.

        An estate has a thousand clusters, and most of them are never called.
        """

        @functools.cache
        def certified() -> ssl.SSLContext:
            context = _context()
            self.issue(host).configure_cert(context)
            return context

        def present(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            connection.context = certified()

        context = _context()
        context.sni_callback = present
        return context


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class Listener:
    """A TLS server with a certificate of `authority`; subclasses implement the response to a request."""

    def __init__(self, authority: ClusterAuthority) -> None:
        self._authority = authority
        self._server: asyncio.Server | None = None
        self._connections = HttpConnections(self.respond)

    @property
    def endpoint(self) -> str:
        """`https://127.0.0.1:<port>`, once it listens."""
        if self._server is None:
            raise RuntimeError("the server has not been started, so it has no endpoint")
        return f"https://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen on a free port."""
        self._connections = HttpConnections(self.respond)
        context = self._authority.server_context(HOST)
        self._server = await asyncio.get_running_loop().create_server(self._connections, HOST, 0, ssl=context)

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
