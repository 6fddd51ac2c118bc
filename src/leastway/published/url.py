"""A log's files at a URL, over HTTPS; plain HTTP only where no token is sent, or on loopback."""

from __future__ import annotations

import urllib3

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret, is_loopback, split_web_url, without_user
from leastway.published.pool import pool_to

__all__ = ["UrlLog"]

_LIMIT = 32 << 20
_TIMEOUT = urllib3.Timeout(connect=10, read=30)
_WHERE_TOKENS_GO = ", and LEASTWAY_URL, if it is set, to its server: a token goes nowhere else"
_RETRIES = urllib3.Retry(3, connect=1, backoff_factor=0.2, status_forcelist=(429, 502, 503), raise_on_status=False)


class UrlLog:
    """The files of a log below a URL, by the paths of tlog-tiles; `token` is sent with each request."""

    def __init__(self, url: str, token: Secret | None = None) -> None:
        """Read below `url`. Errors: InvalidInputError for a URL that a token may not be sent to."""
        parts = split_web_url(url)
        if parts is None or parts.hostname is None:
            fix = "write it as https://HOST/PATH, without a user"
            raise InvalidInputError("it is not the URL of a log", where=without_user(url), fix=fix)
        if token is not None and parts.scheme == "http" and not is_loopback(parts.hostname):
            raise InvalidInputError(
                "the token would be sent over plain HTTP",
                where=url,
                fix="use https, or unset LEASTWAY_TOKEN and LEASTWAY_TOKEN_FILE",
            )
        self.where = url.rstrip("/")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
        self._pool = pool_to(url, timeout=_TIMEOUT, retries=_RETRIES)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def read(self, path: str) -> bytes | None:
        """Return a file, or None where the server has none. Errors: LeastwayError if it does not answer with it."""
        where = f"{self.where}/{path}"
        try:
            answer = self._pool.request("GET", where, headers=self._headers, redirect=False, preload_content=False)
            try:
                data = answer.read(_LIMIT + 1)
            finally:
                answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise LeastwayError(
                "the log cannot be read: the server does not answer",
                where=where,
                fix="check the URL, the network and the certificate",
            ) from error
        if answer.status == 404:
            return None
        if answer.status in (401, 403):
            raise LeastwayError(
                f"the server refuses the request ({answer.status})",
                where=where,
                fix="set LEASTWAY_TOKEN or LEASTWAY_TOKEN_FILE to a token that may read the log"
                + ("" if self._headers else _WHERE_TOKENS_GO),
            )
        if answer.status != 200 or len(data) > _LIMIT:
            what = f"the server answered {answer.status}" if answer.status != 200 else "the file is too large"
            raise LeastwayError(what, where=where, fix="check the URL: it ends before /checkpoint")
        return data
