"""A client of Humanitec's API, with a token from the environment.

`HUMANITEC_ORG` and `HUMANITEC_TOKEN` are those of Humanitec's Terraform provider; `HUMANITEC_URL` names another server,
such as leastway's own. TLS is verified, redirects are not followed, and the token and the key are only sent over https,
or to this machine. An answer is never repeated in an error, except for the API's own message.
Source: Humanitec's OpenAPI description, `PATCH /orgs/{orgId}/resources/accounts/{accId}`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import SessionKeys
from leastway.primitives import Proxy, Secret, is_loopback, split_web_url

__all__ = ["HumanitecApi"]

_URL = "https://api.humanitec.io"
_TIMEOUT = (5.0, 60.0)
"""Seconds to connect, and to wait for an answer: the server may prove the key first."""
_LONGEST = 1 << 20
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class HumanitecApi:
    """The API at `url`, as one organization."""

    url: str
    organization: str
    token: Secret

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> HumanitecApi:
        """Return the API that the environment names. Errors: InvalidInputError, which names the variable."""
        env = os.environ if environment is None else environment
        missing = [name for name in ("HUMANITEC_ORG", "HUMANITEC_TOKEN") if not env.get(name)]
        if missing:
            raise InvalidInputError(
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
                where="--update-platform",
                fix="set the organization and a token that may change its cloud accounts",
            )
        url, token = (env.get("HUMANITEC_URL") or _URL).rstrip("/"), env["HUMANITEC_TOKEN"].strip()
        parts = split_web_url(url)
        if parts is None or (parts.scheme == "http" and not is_loopback(parts.hostname or "")):
            raise InvalidInputError(
                "HUMANITEC_URL is not an https address, so no token is sent to it",
                where="--update-platform",
                fix="write it as https://HOST",
            )
        if not _TOKEN.fullmatch(token):
            raise InvalidInputError(
                "HUMANITEC_TOKEN is not a valid token", where="--update-platform", fix="copy it again"
            )
        return cls(url, env["HUMANITEC_ORG"], Secret(token))

    def give_key(self, account: str, key: SessionKeys) -> None:
        """Replace the credentials of a cloud account of type `aws`; it may be repeated. Errors: LeastwayError."""
        credentials = {"aws_access_key_id": key.key_id, "aws_secret_access_key": key.secret.reveal()}
        path = f"/orgs/{quote(self.organization, safe='')}/resources/accounts/{quote(account, safe='')}"
        self._send("PATCH", path, {"credentials": credentials})

    def _send(self, method: str, path: str, body: Any) -> None:
        from urllib3 import PoolManager, ProxyManager, Timeout, make_headers
        from urllib3.exceptions import HTTPError

        where = f"{self.url}{path}"
        proxy = Proxy.on_the_way_to(self.url, where=where)
        headers = {
            "Authorization": f"Bearer {self.token.reveal()}",
            "Content-Type": "application/json",
            "User-Agent": "leastway",
        }
        if proxy is None:
            pool = PoolManager()
        else:
            login = f"{proxy.user}:{proxy.password}" if proxy.user else None
            pool = ProxyManager(proxy.origin, proxy_headers=make_headers(proxy_basic_auth=login))
        with pool:
            try:
                answer = pool.request(
                    method,
                    where,
                    body=json.dumps(body),
                    headers=headers,
                    timeout=Timeout(*_TIMEOUT),
                    redirect=False,
                    retries=False,
                    preload_content=False,
                )
                try:
                    status, text = answer.status, answer.read(_LONGEST)
                finally:
                    answer.release_conn()
            except HTTPError as error:
                raise LeastwayError(
                    f"the platform's API cannot be reached ({type(error).__name__})",
                    where=where,
                    fix="check the address, the proxy and the network; or change the place yourself and confirm it",
                ) from None  # the cause may hold the request
        if status != HTTPStatus.OK:
            raise LeastwayError(
                f"the platform's API answered with {status}{_message(text)}",
                where=where,
                fix="check the organization, the token and that the account exists; or change the place yourself and "
                "confirm it",
            )


def _message(text: bytes) -> str:
    """Return the message of Humanitec's error body."""
    try:
        message = json.loads(text)["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f": {message[:500]}" if isinstance(message, str) else ""
