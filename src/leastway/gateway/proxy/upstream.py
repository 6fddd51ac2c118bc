"""Connections to AWS: resolved here, to public addresses alone, with TLS verified against the system's CAs.

- Only a host that was judged is resolved. Addresses that are private, loopback, link-local, shared or multicast are
  refused, in every form that contains an IPv4 address, unless the operator lists their network (PrivateLink).
- An endpoint that the operator overrides (a rehearsal, a test) is a loopback address, with a CA or plain HTTP. There,
  requests can claim a source address, as the embedded AWS reads it.
- A connection that ended in order is kept for the next call to its host, for a short time.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import select
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from leastway.errors import LeastwayError
from leastway.primitives import is_loopback, is_public, resolved

__all__ = ["AddressRefusedError", "Endpoint", "Outside", "Upstream", "UpstreamError", "Upstreams", "tls_context"]

_CONNECT_SECONDS = 10.0
_KEPT_SECONDS = 20.0
_MOST_KEPT = 32

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class UpstreamError(LeastwayError):
    """The host could not be reached, or its certificate is not valid for it."""


class AddressRefusedError(UpstreamError):
    """The host's name leads to an address where no endpoint of AWS is."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an overridden host really is. `ca` is the PEM of its CA, for a certificate of this address; None speaks
    plain HTTP.

    `source` is the source address that requests to it claim, which is allowed on loopback alone.
    """

    address: str
    port: int
    ca: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if self.source is not None and not is_loopback(self.address):
            raise LeastwayError("a pretended source address is allowed on loopback only", where=self.address)


@dataclass(frozen=True, slots=True)
class Outside:
    """What the operator says about the way to AWS: overridden hosts, and private networks where endpoints are.

    The host `*` overrides every host that is not listed.
    """

    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    networks: tuple[str, ...] = ()

    def endpoint(self, host: str) -> Endpoint | None:
        """Return where an overridden host is, None for every other."""
        return self.endpoints.get(host) or self.endpoints.get("*")


@dataclass(eq=False, slots=True)
class Upstream:
    """One connection to a host."""

    host: str
    connection: socket.socket
    kept_since: float = 0.0

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self.connection.close()

    @property
    def is_stale(self) -> bool:
        """Whether the other end has closed it, or sent what nobody asked for."""
        if time.monotonic() - self.kept_since > _KEPT_SECONDS:
            return True
        if isinstance(self.connection, ssl.SSLSocket) and self.connection.pending():
            return True
        return bool(select.select([self.connection], [], [], 0)[0])

    @property
    def is_ended(self) -> bool:
        """Whether it was kept, and is stale now. A new one may be readable: TLS 1.3 sends tickets for later ones."""
        return self.kept_since > 0 and self.is_stale


class Upstreams:
    """Opens and keeps connections to hosts. Thread-safe."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._networks = tuple(ipaddress.ip_network(one) for one in outside.networks)
        self._kept: list[Upstream] = []
        self._lock = threading.Lock()

    def take(self, host: str) -> Upstream:
        """Return a connection to the host, a kept one if there is one. Errors: UpstreamError."""
        while True:
            with self._lock:
                found = next((one for one in reversed(self._kept) if one.host == host), None)
                if found is not None:
                    self._kept.remove(found)
            if found is None:
                return self.open(host)
            if not found.is_stale:
                return found
            found.close()

    def claimed(self, host: str) -> tuple[tuple[str, str], ...]:
        """Return the headers by which requests to an overridden host claim a source address; none for AWS's."""
        endpoint = self._outside.endpoint(host)
        if endpoint is None or endpoint.source is None:
            return ()
        return (("x-forwarded-for", endpoint.source),)

    def give_back(self, upstream: Upstream) -> None:
        """Keep a connection whose last answer ended in order."""
        upstream.kept_since = time.monotonic()
        with self._lock:
            self._kept.append(upstream)
            dropped = self._kept.pop(0) if len(self._kept) > _MOST_KEPT else None
        if dropped is not None:
            dropped.close()

    def close(self) -> None:
        """Close every kept connection."""
        with self._lock:
            kept, self._kept = self._kept, []
        for one in kept:
            one.close()

    def open(self, host: str) -> Upstream:
        """Open a new connection. Errors: UpstreamError."""
        try:
            return Upstream(host, self._connect(host))
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or error.reason or "TLS failed"
            raise UpstreamError(f"the certificate of {host} cannot be verified: {reason}") from error
        except OSError as error:
            raise UpstreamError(f"{host} cannot be reached: {error.strerror or error}") from error

    def open_plain(self, host: str, port: int) -> socket.socket:
        """Open a TCP connection to a public address, through which the run speaks TLS itself. Errors: UpstreamError."""
        try:
            return self._connect_public(host, port)
        except OSError as error:
            raise UpstreamError(f"{host} cannot be reached: {error.strerror or error}") from error

    def _connect(self, host: str) -> socket.socket:
        endpoint = self._outside.endpoint(host)
        name = host if endpoint is None else endpoint.address
        if endpoint is None:
            connection = self._connect_public(host, 443)
            context = tls_context(None)
        else:
            connection = socket.create_connection((endpoint.address, endpoint.port), _CONNECT_SECONDS)
            if endpoint.ca is None:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
            context = tls_context(endpoint.ca)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # Who cuts the connection cannot end the encrypted stream in order: that is an error, not an end.
            return context.wrap_socket(connection, server_hostname=name, suppress_ragged_eofs=False)
        except BaseException:
            connection.close()
            raise

    def _connect_public(self, host: str, port: int) -> socket.socket:
        """Connect to the first address that answers; one refused address refuses the host."""
        addresses = resolved(host, port)
        for address in addresses:
            self._check(host, ipaddress.ip_address(address))
        last: OSError | None = None
        for address in addresses:
            try:
                return socket.create_connection((address, port), _CONNECT_SECONDS)
            except OSError as error:
                last = error
        raise last or OSError("it has no address")

    def _check(self, host: str, address: Address) -> None:
        if any(address in network for network in self._networks):
            return
        if not is_public(address):
            raise AddressRefusedError(
                f"{host} leads to {address}, which is not a public address",
                fix="if it is an endpoint of PrivateLink, start the server with --run-private-network and its network",
            )


@functools.lru_cache(maxsize=64)
def tls_context(ca: str | None) -> ssl.SSLContext:
    """Return the client's side of TLS that trusts the PEM `ca`, or the system's CAs as they were at the first call."""
    context = ssl.create_default_context(cadata=ca)
    # Python until 3.11.3 sets it, and would take a connection that is cut for one that ended (gh-95494).
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
