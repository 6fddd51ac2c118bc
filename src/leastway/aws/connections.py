"""Connections to AWS, shared by the clients of all accounts.

Each botocore client would keep connections of its own, and each new TLS connection costs 25 ms of reading CA
certificates beside its round trips. A request carries its own signature, so that clients of different accounts may
well use one connection. TLS is always verified, against the bundle that `AWS_CA_BUNDLE` or the profile names if any.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from botocore.exceptions import SSLError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from leastway.errors import LeastwayError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse

__all__ = ["CONNECT_TIMEOUT", "READ_TIMEOUT", "Connections", "is_loopback", "refuse_plain_http"]

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 30
"""Seconds. CreateAccessEntry, the slowest call here, answers within a few."""
_PER_ENDPOINT = 64


class Connections:
    """One bounded pool of connections for each endpoint, for the `before-send` event of botocore."""

    def __init__(self, ca_bundle: str | None) -> None:
        self._verify: str | bool = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._pools: dict[str, URLLib3Session] = {}
        self._lock = threading.Lock()

    def send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Send a signed request. A certificate that does not verify is final, so it is not tried again."""
        parts = urlsplit(str(request.url))
        try:
            response: AWSResponse = self._pool(f"{parts.scheme}://{parts.netloc}").send(request)
        except SSLError as error:
            raise LeastwayError(
                f"the TLS certificate of {parts.hostname} does not verify",
                where=f"{parts.scheme}://{parts.netloc}",
                fix="if a proxy of yours signs it, name its CA bundle in AWS_CA_BUNDLE",
            ) from error
        return response

    def _pool(self, origin: str) -> URLLib3Session:
        with self._lock:
            if origin not in self._pools:
                make = cast("Any", URLLib3Session)  # the stubs know neither a bundle's path nor pairs
                self._pools[origin] = make(
                    verify=self._verify,
                    proxies=get_environ_proxies(origin),
                    timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                    max_pool_connections=_PER_ENDPOINT,
                    socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],  # without it, 40 ms more a call
                )
            return self._pools[origin]


def refuse_plain_http(request: AWSRequest, **_: Any) -> None:
    """Refuse, before it is signed, a request that would leave this machine unencrypted."""
    parts = urlsplit(str(request.url))
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise LeastwayError(
            "plain http is for loopback only",
            where=f"{parts.scheme}://{parts.netloc}",
            fix="name an https address in AWS_ENDPOINT_URL, or unset it",
        )


def is_loopback(host: str) -> bool:
    """Say whether `host` is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
