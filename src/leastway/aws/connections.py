"""Connections to AWS, shared by the clients of all accounts.

By default each botocore client keeps its own connections, and each new TLS connection spends 25 ms on reading CA
certificates in addition to its round trips. A request carries its own signature, so clients of different accounts can
share a connection. TLS is always verified, against the bundle that `AWS_CA_BUNDLE` or the profile names, if any.

botocore tries a call eight times, which is right for a service that throttles. An endpoint that never responded is
given up sooner: its name is wrong, or it cannot be reached.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from leastway.aws.bodies import exchange
from leastway.errors import LeastwayError
from leastway.primitives import CALLS, CallTimer, Clock, ProxyAddress, SystemClock, is_loopback

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse

__all__ = [
    "CONNECT_TIMEOUT",
    "PATIENCE",
    "READ_TIMEOUT",
    "UNREACHABLE",
    "ConnectionPools",
    "refuse_plain_http",
]

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 30
"""Seconds. CreateAccessEntry, the slowest call here, responds within a few."""
PATIENCE = 3.0
"""Seconds of failures after which an endpoint that never responded is given up."""
_PER_ENDPOINT = 64
_SILENT: dict[type[BotoCoreError], str] = {
    EndpointConnectionError: "could not connect to {}",
    ConnectTimeoutError: "could not connect to {}",
    ProxyConnectionError: "could not connect to the proxy for {}",
    ReadTimeoutError: "{} accepts connections but does not respond",
    ConnectionClosedError: "{} closes connections without responding",
}
UNREACHABLE = "check the region name, the network, HTTPS_PROXY and AWS_ENDPOINT_URL"


class ConnectionPools:
    """A bounded pool of connections for each endpoint, for the `before-send` event of botocore."""

    def __init__(self, ca_bundle: str | None, clock: Clock | None = None) -> None:
        self._verify: str | bool = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._clock = clock or SystemClock()
        self._pools: dict[str, _Pool] = {}
        self._lock = threading.Lock()

    def send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Send a signed request.

        Raises LeastwayError, which is not retried, for a certificate that cannot be verified and for an endpoint that
        never responded.
        """
        parts = urlsplit(str(request.url))
        origin = f"{parts.scheme}://{parts.netloc}"
        pool = self._pool(origin)
        attempt = CallTimer("  attempt", str(request.method), f"{origin}{parts.path}")
        try:
            response = exchange(pool.session, request)
        except SSLError as error:
            raise LeastwayError(
                f"the TLS certificate of {parts.hostname} could not be verified",
                where=origin,
                fix="if your proxy signs it, set AWS_CA_BUNDLE to the proxy's CA bundle",
            ) from error
        except BotoCoreError as error:
            message = next((text for kind, text in _SILENT.items() if isinstance(error, kind)), None)
            if message and pool.is_beyond_reach(self._clock.monotonic()):
                raise LeastwayError(message.format(origin), fix=UNREACHABLE) from error
            raise
        pool.has_answered = True
        if CALLS.isEnabledFor(logging.DEBUG):
            attempt.end(str(response.status_code), level=logging.DEBUG)
        return response

    def _pool(self, origin: str) -> _Pool:
        with self._lock:
            if origin not in self._pools:
                make = cast("Any", URLLib3Session)  # the stubs allow neither a bundle's path nor pairs
                self._pools[origin] = _Pool(
                    make(
                        verify=self._verify,
                        proxies=_proxies(origin),
                        timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                        max_pool_connections=_PER_ENDPOINT,
                        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],  # else each call takes 40 ms more
                    )
                )
            return self._pools[origin]


def _proxies(origin: str) -> dict[str, str]:
    """Return the environment's proxy for `origin` in botocore's form, or nothing."""
    scheme = urlsplit(origin).scheme
    if not (named := get_environ_proxies(origin).get(scheme)):
        return {}
    proxy = ProxyAddress.parse(named, where=origin)
    scheme_of_proxy, _, place = proxy.origin.partition("://")
    user = f"{quote(proxy.user, safe='')}:{quote(proxy.password, safe='')}@" if proxy.user else ""
    return {scheme: f"{scheme_of_proxy}://{user}{place}"}


@dataclass
class _Pool:
    """The connections to one endpoint, and whether it ever responded."""

    session: URLLib3Session
    has_answered: bool = False
    failing_since: float | None = None

    def is_beyond_reach(self, now: float) -> bool:
        """Record a failure; return whether failures have lasted too long."""
        if self.failing_since is None:
            self.failing_since = now
        return not self.has_answered and now - self.failing_since >= PATIENCE


def refuse_plain_http(request: AWSRequest, **_: Any) -> None:
    """Refuse, before it is signed, a request that would leave this machine unencrypted."""
    parts = urlsplit(str(request.url))
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise LeastwayError(
            "plain http is allowed for loopback only",
            where=f"{parts.scheme}://{parts.netloc}",
            fix="set AWS_ENDPOINT_URL to an https address, or unset it",
        )
