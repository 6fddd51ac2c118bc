"""A connection to one cluster's API server.

TLS is verified against the cluster's own CA and nothing else. The token is signed when it is needed, and again shortly
before it expires; whoever signs can refuse each request, also one that is sent again. Redirects are not followed. The
connection sends plain JSON over urllib3: the official client takes a third of a second to import, and its generated
models drop unknown fields.

A connection opens no socket before its first request and keeps it open afterwards; `close` releases it.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode, urlsplit

from leastway.errors import LeastwayError
from leastway.kube.errors import refusal, unreadable
from leastway.kube.token import BearerToken, TokenProvider
from leastway.kube.unreachable import unreachable
from leastway.primitives import (
    CALLS,
    LARGEST_ANSWER,
    CallTimer,
    Clock,
    ProxyAddress,
    SystemClock,
    pem_text,
    read_bounded_json,
)

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool
    from urllib3.response import BaseHTTPResponse

__all__ = ["APPLY", "DELETE_OPTIONS", "SOCKETS", "Connection", "Json", "Method"]

Json = dict[str, Any]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

APPLY = "application/apply-patch+yaml"
"""The media type of server-side apply."""

DELETE_OPTIONS: Json = {"apiVersion": "v1", "kind": "DeleteOptions"}
"""The fields that every body of a DELETE has."""

_JSON = "application/json"
_TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and to wait for an answer."""
SOCKETS = 4
"""How many sockets are kept open for concurrent threads."""
_READS = 3
"""How often a read is attempted if its answer breaks off in the middle."""
_PIECE = 1 << 20
"""Bytes per read; a final empty read shows whether the announced length arrived."""
_LONGEST_PAUSE = 10
"""The longest Retry-After, in seconds, that is honored before a request is sent again."""
_RENEW = dt.timedelta(seconds=60)
"""How long before it expires a token is signed again."""


class Connection:
    """An HTTPS client for one API server. Safe for threads.

    `endpoint` is an https URL and `authority` the base64 of the CA's PEM, as DescribeCluster returns them; `where`
    names the cluster in errors. `proxy` is used instead of the environment's, such as the one of a tunnel: TLS runs
    through it, end to end. A connection that `is_direct` uses none.
    """

    def __init__(
        self,
        endpoint: str,
        authority: str,
        sign: TokenProvider,
        *,
        where: str = "",
        clock: Clock | None = None,
        timeout: tuple[float, float] = _TIMEOUT,
        proxy: ProxyAddress | None = None,
        is_direct: bool = False,
    ) -> None:
        self.where = where or endpoint
        if not endpoint.startswith("https://"):
            raise LeastwayError(f"{endpoint!r} is not an https endpoint, so no token is sent to it", where=self.where)
        self._endpoint = endpoint.rstrip("/")
        self.authority = _pem(authority, self.where)
        """The CA as PEM, the only one that is trusted."""
        self._sign = sign
        self._clock = clock or SystemClock()
        self._timeout = timeout
        self._proxy = proxy
        self._is_direct = is_direct
        self._token: BearerToken | None = None
        self._pool: HTTPConnectionPool | None = None
        self._lock = threading.Lock()

    def request(
        self,
        method: Method,
        path: str,
        body: Json | None = None,
        *,
        query: Mapping[str, str] | None = None,
        media: str = _JSON,
    ) -> Json:
        """Send one request and return the JSON object of its answer, whose shape `reading` checks.

        Raises NotFoundError, ForbiddenError, InvalidError, ConflictError and AlreadyThereError for these refusals, and
        UnreadableAnswerError for an answer that is not a JSON object, is too long or too deep. Idempotent requests are
        sent again if the connection breaks or the server is busy; read-only requests also if the server or a proxy
        fails.
        """
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        connect, read = self._timeout
        url = f"{urlsplit(self._endpoint).path}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": _JSON, "Content-Type": media, "User-Agent": "leastway"}
        call = CallTimer("kubernetes", f"{method} {path}", self.where)
        tries = _READS if method == "GET" else 1
        while True:
            tries -= 1
            try:
                response = self._open().request(
                    method,
                    url,
                    body=None if body is None else json.dumps(body),
                    headers={"Authorization": f"Bearer {self._bearer()}", **headers},
                    timeout=Timeout(connect=connect, read=read),
                    redirect=False,
                    preload_content=False,
                )
            except HTTPError as error:
                self._log(call, type(error).__name__)
                raise self._unreachable(error) from error
            try:
                text = _body(response)
            except HTTPError as error:
                if not tries:
                    self._log(call, type(error).__name__)
                    raise self._unreachable(error) from error
            else:
                break
        self._log(call, str(response.status), response.headers.get("Audit-Id", ""))
        answer, problem = _json(text)
        if not 200 <= response.status <= 299:
            raise refusal(response.status, answer, self.where)
        if problem:
            raise unreadable(f"the answer cannot be read: {problem}", self.where)
        return answer

    def close(self) -> None:
        """Close the sockets; the next request opens them again."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _unreachable(self, error: BaseException) -> LeastwayError:
        return unreachable(error, self._endpoint, self.where, has_own_proxy=self._proxy is not None)

    @staticmethod
    def _log(call: CallTimer, outcome: str, request_id: str = "") -> None:
        if CALLS.isEnabledFor(logging.INFO):
            call.end(outcome, request_id)

    def _bearer(self) -> str:
        with self._lock:
            if self._token is None or self._clock.now() + _RENEW >= self._token.expires:
                self._token = self._sign()
            return self._token.token.reveal()

    def _open(self) -> HTTPConnectionPool:
        with self._lock:
            if self._pool is None:
                proxy = self._proxy
                if proxy is None and not self._is_direct:
                    proxy = ProxyAddress.on_the_way_to(self._endpoint, where=self.where)
                self._pool = _pool(self._endpoint, self.authority, proxy, self._bearer)
            return self._pool


def _pool(
    endpoint: str, authority: str, proxy: ProxyAddress | None, before_again: Callable[[], object]
) -> HTTPConnectionPool:
    """Return the connection pool of one API server, through a proxy if there is one.

    `before_again` is called before a request is sent again, and refuses it by raising.
    """
    from urllib3 import PoolManager, ProxyManager, Retry, make_headers

    logger = logging.getLogger("urllib3.connectionpool")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.ERROR)  # it warns about every retry, on stderr if logging is not configured

    class Patience(Retry):
        """Retries read-only requests after any server failure, and others only if nothing was done."""

        def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
            reads = method == "GET" and status_code in (500, 502)
            return reads or super().is_retry(method, status_code, has_retry_after)

        def sleep(self, response: BaseHTTPResponse | None = None) -> None:
            super().sleep(response)
            before_again()

    retries = Patience(
        total=None,
        connect=1,
        read=2,
        status=3,
        other=0,
        status_forcelist=(429, 503, 504),
        allowed_methods=("GET", "PUT", "PATCH", "DELETE"),
        backoff_factor=0.2,
        retry_after_max=_LONGEST_PAUSE,
        raise_on_status=False,
    )
    options: dict[str, Any] = {
        "maxsize": SOCKETS,
        "retries": retries,
        "cert_reqs": "CERT_REQUIRED",
        "ca_cert_data": authority,
    }
    if proxy is None:
        return PoolManager(**options).connection_from_url(endpoint)
    user = f"{proxy.user}:{proxy.password}" if proxy.user else None
    options["proxy_headers"] = make_headers(proxy_basic_auth=user)
    return ProxyManager(proxy.origin, **options).connection_from_url(endpoint)


def _pem(authority: str, where: str) -> str:
    try:
        pem = pem_text(base64.b64decode(authority, validate=True))
    except ValueError:
        pem = ""
    if "-----BEGIN CERTIFICATE-----" not in pem:
        raise LeastwayError("the cluster's certificate authority is not a base64-encoded PEM certificate", where=where)
    return pem


def _body(response: BaseHTTPResponse) -> bytes:
    """Return the body, truncated if it is too long. It is not decompressed, because no compression was requested."""
    read = bytearray()
    while piece := response.read(_PIECE, decode_content=False):
        read += piece
        if len(read) > LARGEST_ANSWER:
            response.close()
            break
    return bytes(read)


def _json(text: bytes) -> tuple[Json, str]:
    """Return the JSON object in the body, or an empty one and the problem."""
    try:
        value = read_bounded_json(text)
    except ValueError as error:
        return {}, str(error)
    return (value, "") if isinstance(value, dict) else ({}, "it is not a JSON object")
