"""A client of Humanitec's API, which leastway's own server answers, too.

TLS is verified, redirects are not followed, and the token and the keys are only sent over https, or to this machine. An
answer is never repeated in an error, except for the API's own message. Secrets in a body are `Secret`, and are revealed
when the request is written. Source: Humanitec's OpenAPI description.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from leastway.errors import LeastwayError
from leastway.ports import SessionKeys
from leastway.primitives import LARGEST_ANSWER, ProxyAddress, Secret, read_bounded_json

if TYPE_CHECKING:
    from urllib3 import PoolManager

__all__ = ["HumanitecApi", "PlatformAnswer", "RefusedByPlatformError"]

_CONNECT, _ANSWER = 5.0, 60.0
"""Seconds to connect, and to wait for an answer: the server may prove the key first."""
_UNAVAILABLE = (
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_LONGEST_MESSAGE = 500
T = TypeVar("T")


class RefusedByPlatformError(LeastwayError):
    """The platform's API answered with another status than the one of success."""


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """A status, and the JSON of the body; None if there is no body, or it is not JSON."""

    status: int
    body: Any = field(repr=False, default=None)

    @property
    def message(self) -> str:
        """The message of the API's error body, or nothing."""
        said = self.body.get("message") if isinstance(self.body, dict) else None
        return said[:_LONGEST_MESSAGE] if isinstance(said, str) else ""


@dataclass(frozen=True, slots=True)
class HumanitecApi:
    """The API at `url`, as one organization."""

    url: str
    organization: str
    token: Secret

    def give_key(self, account: str, key: SessionKeys) -> None:
        """Replace the credentials of a cloud account of type `aws`; it may be repeated. Errors: LeastwayError."""
        credentials = {"aws_access_key_id": key.key_id, "aws_secret_access_key": key.secret}
        path = self.path("resources", "accounts", account)
        answer = self.send("PATCH", path, {"credentials": credentials})
        if answer.status != HTTPStatus.OK:
            raise self.refused(
                answer,
                path,
                "check the organization, the token and that the account exists; or change the place yourself and "
                "confirm it",
            )

    def path(self, *parts: str) -> str:
        """Return a path below the organization."""
        return "/".join(["/orgs", *(quote(part, safe="") for part in (self.organization, *parts))])

    def refused(self, answer: PlatformAnswer, path: str, fix: str) -> RefusedByPlatformError:
        """Return the error for an answer with another status than expected."""
        said = f": {answer.message}" if answer.message else ""
        what = f"the platform's API answered with {answer.status}{said}"
        if answer.status in _UNAVAILABLE:
            fix = "wait until the platform works again, then run the same command again"
        return RefusedByPlatformError(what, where=f"{self.url}{path}", fix=fix)

    def expect(self, answer: PlatformAnswer, path: str, form: type[T], what: str, fix: str) -> T:
        """Return the body of an answer with 200 that has this form. Errors: RefusedByPlatformError."""
        if answer.status != HTTPStatus.OK:
            raise self.refused(answer, path, fix)
        if not isinstance(answer.body, form):
            said = f"the platform's API answered with something else than {what}"
            raise RefusedByPlatformError(said, where=f"{self.url}{path}", fix=fix)
        return answer.body

    def send(self, method: str, path: str, body: Any = None) -> PlatformAnswer:
        """Send one request, whatever its answer is. Errors: LeastwayError if there is none, or it is too large."""
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

        where = f"{self.url}{path}"
        headers = {"Authorization": f"Bearer {self.token.reveal()}", "User-Agent": "leastway"}
        written = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            written = json.dumps(body, default=_revealed)
        with self._pool(where) as pool:
            try:
                answer = pool.request(
                    method,
                    where,
                    body=written,
                    headers=headers,
                    timeout=Timeout(connect=_CONNECT, read=_ANSWER),
                    redirect=False,
                    retries=False,
                    preload_content=False,
                )
                try:
                    status, text = answer.status, answer.read(LARGEST_ANSWER + 1)
                finally:
                    answer.release_conn()
            except (ReadTimeoutError, ProtocolError) as error:  # the cause may hold the request
                is_late = isinstance(error, ReadTimeoutError)
                how = f"did not answer within {_ANSWER:.0f} seconds" if is_late else "ended the connection early"
                fix = "run the same command again: it finds what was done"
                raise LeastwayError(f"the platform's API {how}", where=where, fix=fix) from None
            except HTTPError:
                raise LeastwayError(
                    "the platform's API cannot be reached",
                    where=where,
                    fix="check the address, the proxy and the network",
                ) from None
        if len(text) > LARGEST_ANSWER:
            raise LeastwayError(
                f"the platform's API answered with more than {LARGEST_ANSWER >> 20} MiB",
                where=where,
                fix="check that the address is that of the API",
            )
        return PlatformAnswer(status, _json(text))

    @contextmanager
    def _pool(self, where: str) -> Iterator[PoolManager]:
        from urllib3 import PoolManager, ProxyManager, make_headers

        proxy = ProxyAddress.on_the_way_to(self.url, where=where)
        if proxy is None:
            pool = PoolManager()
        else:
            login = f"{proxy.user}:{proxy.password}" if proxy.user else None
            pool = ProxyManager(proxy.origin, proxy_headers=make_headers(proxy_basic_auth=login))
        with pool:
            yield pool


def _revealed(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a request cannot hold {type(value).__name__}")


def _json(text: bytes) -> Any:
    try:
        return read_bounded_json(text)
    except ValueError:
        return None
