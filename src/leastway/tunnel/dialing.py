"""The way of an agent to the server: TCP, a proxy from the environment, TLS, and the WebSocket request.

TLS is verified against the machine's certificate authorities, or those of a file. Without TLS only loopback is dialed.
Sources: RFC 6455, section 4.1; RFC 9110, section 9.3.6 (CONNECT).
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import ProxyAddress, is_loopback
from leastway.tunnel.handshake import SUBPROTOCOL
from leastway.tunnel.link import LARGEST_MESSAGE, Link

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

__all__ = ["Destination", "dial"]

_PATIENCE: Final = 10.0
_LONGEST_HEAD: Final = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]{0,80}))?")


@dataclass(frozen=True, slots=True)
class Destination:
    """The server's address, as the agent dials it."""

    url: str
    """Begins with wss:// or ws:// and ends with the path of the agent."""
    host: str
    """The host, and the port unless it is the default one, as the request names it."""

    @classmethod
    def of(cls, server: str, organization: str, agent: str) -> Destination:
        """Return where an agent connects. Errors: InvalidInputError for a text that is not a URL or has no TLS."""
        parts = urlsplit(server)
        try:
            port = parts.port
        except ValueError:
            port = 0
        scheme = {"https": "wss", "http": "ws"}.get(parts.scheme, parts.scheme)
        host = (parts.hostname or "").lower()
        if scheme not in ("wss", "ws") or not host or port == 0 or parts.username or parts.query or parts.fragment:
            raise InvalidInputError("it is not the URL of a server", where="--server", fix="write wss://HOST")
        if scheme == "ws" and not is_loopback(host):
            raise InvalidInputError(
                "the server would be reached without TLS", where="--server", fix=f"write wss://{parts.netloc}"
            )
        name = f"[{host}]" if ":" in host else host
        is_default = port in (None, 443 if scheme == "wss" else 80)
        authority = name if is_default else f"{name}:{port}"
        path = f"{parts.path.rstrip('/')}/orgs/{organization}/agents/{agent}/tunnel"
        return cls(f"{scheme}://{authority}{path}", authority)


async def dial(destination: Destination, authorities: Path | None = None) -> Link:
    """Connect to the server, and return the connection before its handshake of the tunnel.

    Errors: LeastwayError that says which part of the way failed.
    """
    protocol = ClientProtocol(
        parse_uri(destination.url), subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=LARGEST_MESSAGE
    )
    link = _ClientLink(protocol)
    try:
        async with asyncio.timeout(_PATIENCE):
            await _reach(destination, authorities, link)
            link.begin()
            await link.open()
    except TimeoutError as error:
        link.abort()
        raise LeastwayError(
            f"the server does not answer within {_PATIENCE:.0f} s", where=destination.url, fix=_ROUTE
        ) from error
    except OSError as error:
        link.abort()
        raise LeastwayError("the connection was closed before it began", where=destination.url, fix=_ROUTE) from error
    except BaseException:
        link.abort()
        raise
    return link


_ROUTE = "check the route to it from here, and HTTPS_PROXY if a proxy is in between"


async def _reach(destination: Destination, authorities: Path | None, link: Link) -> None:
    parts = urlsplit(destination.url)
    host, is_secure = parts.hostname or "", parts.scheme == "wss"
    port = parts.port or (443 if is_secure else 80)
    context = _context(authorities) if is_secure else None
    proxy = ProxyAddress.on_the_way_to(f"{'https' if is_secure else 'http'}://{parts.netloc}", where=destination.url)
    loop = asyncio.get_running_loop()
    try:
        if proxy is None:
            await loop.create_connection(
                lambda: link, host, port, ssl=context, server_hostname=host if context else None
            )
            return
        transport = await _through(proxy, host, port, destination.url)
        if context is None:
            transport.set_protocol(link)
            link.connection_made(transport)
            return
        secured = await loop.start_tls(transport, link, context, server_hostname=host)
        assert secured is not None  # noqa: S101 - the transport was open
        link.connection_made(secured)
    except ssl.SSLCertVerificationError as error:
        raise LeastwayError(
            f"the server's certificate is not valid for it: {error.verify_message}",
            where=destination.url,
            fix="give its certificate authority with --ca, or check what answers under this name",
        ) from error
    except ssl.SSLError as error:
        raise LeastwayError(
            f"TLS with the server failed: {error.reason}", where=destination.url, fix="check the address and the port"
        ) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise LeastwayError(f"the server cannot be reached: {why}", where=destination.url, fix=_ROUTE) from error


async def _through(proxy: ProxyAddress, host: str, port: int, where: str) -> asyncio.Transport:
    """Return a connection that the proxy has made to the server."""
    parts = urlsplit(proxy.origin)
    is_secure = parts.scheme == "https"
    head = _Head()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(
        lambda: head,
        parts.hostname or "",
        parts.port or (443 if is_secure else 80),
        ssl=_context(None) if is_secure else None,
    )
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.user:
        login = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    transport.write("\r\n".join([*lines, "", ""]).encode())
    try:
        answer = await head.whole
    except BaseException:
        transport.abort()
        raise
    status = _STATUS.match(answer)
    if status is None or status[1][:1] != b"2":
        transport.abort()
        said = (
            b" ".join(part for part in status.groups() if part).decode(errors="replace") if status else "nothing valid"
        )
        raise LeastwayError(
            f"the proxy {parts.netloc} does not connect to the server: it answered {said}",
            where=where,
            fix="check HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT if it requires a login), or set NO_PROXY",
        )
    return transport


def _context(authorities: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise LeastwayError(
            f"the certificate authorities cannot be read: {error.strerror or error}", where=str(authorities)
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Head(asyncio.Protocol):
    """Collects the head of a proxy's answer."""

    def __init__(self) -> None:
        self.whole: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self.whole.done() and (b"\r\n\r\n" in self._read or len(self._read) > _LONGEST_HEAD):
            self.whole.set_result(self._read)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.whole.done():
            self.whole.set_exception(error or ConnectionResetError("the proxy closed the connection"))
            self.whole.exception()  # whoever waits may be gone


class _ClientLink(Link):
    """The agent's end of a connection."""

    def __init__(self, protocol: ClientProtocol) -> None:
        super().__init__(protocol)
        self._client = protocol
        self._answer: asyncio.Future[Response] = self._loop.create_future()

    def begin(self) -> None:
        """Send the WebSocket request."""
        self._client.send_request(self._client.connect())
        self._flush()

    async def open(self) -> None:
        """Wait for the server's answer. Errors: LeastwayError if it does not open a tunnel."""
        response = await self._answer
        if self._client.handshake_exc is None:
            return
        text = (response.body or b"").decode(errors="replace").strip()[:200]
        raise LeastwayError(
            f"the server does not open a tunnel: HTTP {response.status_code} {response.reason_phrase}"
            + (f": {text}" if text else ""),
            where=self._client.uri.resource_name,
            fix="check the server's URL, and that it is a leastway server of this version",
        )

    def on_http(self, event: Request | Response) -> None:
        """Take the answer."""
        if not self._answer.done():
            self._answer.set_result(event)  # type: ignore[arg-type]  # a client gets a response

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the handshake, too."""
        if not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the connection was closed"))
            self._answer.exception()
        super().connection_lost(error)
