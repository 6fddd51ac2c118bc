"""Answers and files by https from listed hosts, each of whose addresses is resolved once and checked.

A redirect leads only to another listed host. No credential is ever sent, no proxy and no setting of the machine is used
but its certificates.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from leastway.errors import LeastwayError
from leastway.git.addresses import Resolve, address_of
from leastway.git.fetching import FetchRules
from leastway.primitives import resolved

__all__ = ["Web", "WebAnswer", "joined"]

_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PIECE: Final = 64 * 1024
_WAITS: Final = 30.0
"""Seconds without a byte."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """An answer: `url` is where it came from in the end, `headers` have names in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """Return the body as a JSON object. Errors: LeastwayError."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise LeastwayError("the answer is not valid JSON", where=self.url) from error
        if not isinstance(found, dict):
            raise LeastwayError("the answer is not a JSON object", where=self.url)
        return found


def joined(base: str, address: str) -> str:
    """Return the URL that an answer from `base` names. Errors: LeastwayError."""
    try:
        return urljoin(base, address)
    except ValueError as error:
        raise LeastwayError("the answer names an address that cannot be read", where=base) from error


class Web:
    """Asks hosts by https. `hosts` are those that are allowed, `rules` say which of them may be private."""

    def __init__(self, hosts: Collection[str], rules: FetchRules, resolve: Resolve = resolved) -> None:
        self._hosts = frozenset(hosts)
        self._rules = rules
        self._resolve = resolve

    def get(self, url: str, *, limit: int, to: BinaryIO | None = None) -> WebAnswer:
        """Return the answer to a GET, after redirects; its body of at most `limit` bytes goes to `to`, if given.

        Errors: LeastwayError for a host that is not listed or is private, what cannot be reached, and a larger body.
        """
        deadline = time.monotonic() + self._rules.seconds
        for _ in range(_MOST_REDIRECTS + 1):
            parts = self._checked(url)
            try:
                answer = self._once(url, parts, limit, to, deadline)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise LeastwayError(f"the host of the module cannot be asked: {error}", where=url) from error
            if answer.status not in _REDIRECTS:
                return answer
            url = joined(url, answer.headers.get("location", ""))
        raise LeastwayError(f"there are more than {_MOST_REDIRECTS} redirects", where=url)

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise LeastwayError("the address of the module cannot be read", where=url) from error
        if parts.scheme != "https" or not host or "@" in parts.netloc or port == 0:
            raise LeastwayError("the address of the module is not an https URL without a credential", where=url)
        if host not in self._hosts:
            raise LeastwayError(f"modules are not fetched from {host}", where=url, fix="let the operator list the host")
        return parts

    def _once(self, url: str, parts: SplitResult, limit: int, to: BinaryIO | None, deadline: float) -> WebAnswer:
        host, port = parts.hostname or "", parts.port or 443
        address = address_of(host, port, private_hosts=self._rules.private_hosts, resolve=self._resolve)
        context = ssl.create_default_context(cadata=self._rules.authorities)
        client = http.client.HTTPConnection(host, port)
        with closing(client):
            plain = socket.create_connection((address, port), _WAITS)
            try:
                client.sock = context.wrap_socket(plain, server_hostname=host)
            except BaseException:
                plain.close()
                raise
            target = parts.path or "/"
            headers = {"User-Agent": "leastway", "Accept": "*/*", "Accept-Encoding": "identity"}
            client.request("GET", f"{target}?{parts.query}" if parts.query else target, headers=headers)
            with client.getresponse() as answer:
                headers = {name.lower(): value for name, value in answer.getheaders()}
                body = b"" if answer.status in _REDIRECTS else self._body(answer, url, limit, to, deadline)
                return WebAnswer(url, answer.status, headers, body)

    def _body(
        self, answer: http.client.HTTPResponse, url: str, limit: int, to: BinaryIO | None, deadline: float
    ) -> bytes:
        pieces, size = [], 0
        while piece := answer.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise LeastwayError(f"the answer is larger than {limit} bytes", where=url)
            if time.monotonic() > deadline:
                raise LeastwayError(f"the answer took more than {self._rules.seconds:.0f} seconds", where=url)
            if to is not None and answer.status == 200:
                to.write(piece)
            else:
                pieces.append(piece)
        return b"".join(pieces)
