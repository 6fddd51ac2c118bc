"""A client of the platform's server for the command line: LEASTWAY_URL, and LEASTWAY_TOKEN or LEASTWAY_TOKEN_FILE.

TLS is verified; plain HTTP is used on loopback only. Redirects are not followed, so only that server gets the token.
Nothing is tried again: who calls a credential process does that. An answer of another form than expected is an error
that says what was expected: another program, or another version of leastway, may be at the address.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import LARGEST_ANSWER, Secret, is_loopback, read_bounded_json, read_file, split_web_url

__all__ = ["ServerClient", "ServerRefusedError", "UnexpectedAnswerError", "token_for", "unexpected"]

_TIMEOUT = 45
"""Seconds. STS may throttle the server for half a minute."""
_LONGEST_TOKEN = 10_000
_LONGEST_EVENT = 1 << 20
_EVENTS = "text/event-stream"
_TEXTS = ("id", "created_at", "set_id")
"""Members that are texts wherever the API answers with them."""
_REFUSALS = (401, 403, 404)


class ServerRefusedError(LeastwayError):
    """The server refused the request, with an HTTP status of its own."""

    def __init__(self, what: str, *, status: int, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status


class UnexpectedAnswerError(LeastwayError):
    """The answer has another form than expected."""


class _Members(dict[str, Any]):
    """A JSON object of an answer from `where`. A member that is looked up and missing is an UnexpectedAnswerError."""

    def __init__(self, members: Mapping[str, Any], where: str) -> None:
        super().__init__(members)
        self._where = where

    def __missing__(self, name: str) -> NoReturn:
        raise unexpected(f"an object with {name!r}", self._where)


@dataclass(frozen=True, slots=True)
class ServerClient:
    """A server and a token for it."""

    url: str
    token: Secret

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> ServerClient:
        """Return the client that the environment names. Errors: InvalidInputError."""
        env = os.environ if environment is None else environment
        url = env.get("LEASTWAY_URL", "").strip().rstrip("/")
        if not url:
            raise InvalidInputError(
                "no server is named",
                fix="set LEASTWAY_URL, for example to http://127.0.0.1:8470, and LEASTWAY_TOKEN_FILE",
            )
        parts = split_web_url(url)
        if parts is None or parts.hostname is None or parts.query or parts.fragment:
            raise InvalidInputError(
                "LEASTWAY_URL is not a valid URL", fix="write it as https://HOST:PORT, without a user"
            )
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise InvalidInputError(
                "plain http is allowed for loopback only",
                where=f"{parts.scheme}://{parts.netloc}",
                fix="set LEASTWAY_URL to an https address",
            )
        token = _token(env)
        if token is None:
            raise InvalidInputError("no token is given", fix="set LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN")
        return cls(url, token)

    def request(
        self, method: str, path: str, body: object = None, *, query: Mapping[str, str | None] | None = None
    ) -> Any:
        """Send a request, and return the JSON of the answer, or None without a body.

        Errors: ServerRefusedError; LeastwayError if the server does not answer or its answer cannot be read.
        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"{urlsplit(self.url).path}{path}{'?' + urlencode(given) if given else ''}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token.reveal()}", "User-Agent": "leastway"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        connection = self._connection()
        try:
            connection.request(method, target, data, headers)
            response = connection.getresponse()
            content = response.read(LARGEST_ANSWER + 1)
            if response.length and len(content) <= LARGEST_ANSWER:
                raise http.client.HTTPException("it ended the connection early")
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(error) from error
        finally:
            connection.close()
        if not content and method == "GET" and response.status == http.HTTPStatus.OK:
            raise self._unreadable()
        return _with_names(self._read(response.status, content), f"{method} {self.url}{path}")

    def object(
        self, method: str, path: str, body: object = None, *, query: Mapping[str, str | None] | None = None
    ) -> dict[str, Any]:
        """Return an answer that is a JSON object. Errors: those of `request`; UnexpectedAnswerError."""
        return _object(self.request(method, path, body, query=query), "an object", f"{method} {self.url}{path}")

    def objects(self, path: str, *, query: Mapping[str, str | None] | None = None) -> list[dict[str, Any]]:
        """Return the answer to a GET that is a list of JSON objects. Errors: as those of `object`."""
        found = self.request("GET", path, query=query)
        if not isinstance(found, list):
            raise unexpected("a list of objects", f"GET {self.url}{path}")
        return [_object(one, "a list of objects", f"GET {self.url}{path}") for one in found]

    def events(self, path: str, last: str = "") -> Iterator[tuple[str, str, Any]]:
        """Yield the server-sent events of a path, those behind the id `last`: each its name, its id and its JSON.

        It ends when the server ends the stream. Errors: those of `request`.
        """
        headers = {"Authorization": f"Bearer {self.token.reveal()}", "User-Agent": "leastway"}
        headers |= {"Accept": _EVENTS, **({"Last-Event-ID": last} if last else {})}
        connection = self._connection()
        try:
            connection.request("GET", f"{urlsplit(self.url).path}{path}", headers=headers)
            with connection.getresponse() as response:
                if response.status != http.HTTPStatus.OK:
                    self._read(response.status, response.read(LARGEST_ANSWER + 1))
                if response.headers.get_content_type() != _EVENTS:
                    raise unexpected("events", f"GET {self.url}{path}")
                for event, number, data in self._events(response):
                    if not isinstance(data, dict):
                        raise unexpected("events with objects", f"GET {self.url}{path}")
                    yield event, number, _with_names(data, f"GET {self.url}{path}")
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(error) from error
        finally:
            connection.close()

    def _events(self, response: http.client.HTTPResponse) -> Iterator[tuple[str, str, Any]]:
        fields: dict[str, str] = {}
        while line := response.readline(_LONGEST_EVENT):
            text = line.decode("utf-8", "replace").rstrip("\n")
            if text:
                name, _, value = text.partition(": ")
                fields[name] = value
                continue
            if "data" in fields:
                try:
                    yield fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"])
                except (ValueError, RecursionError) as error:
                    raise self._unreadable() from error
            fields = {}

    def organization(self) -> str:
        """Return the organization of the token.

        Errors: those of `request`, also for another program's answer, and for a token for some accounts.
        """
        try:
            user = self.request("GET", "/current-user")
        except ServerRefusedError as error:
            if error.status != http.HTTPStatus.FORBIDDEN:
                raise
            what = "a token for some accounts cannot ask for its organization"
            raise ServerRefusedError(
                what, status=error.status, where=self.url, fix="name it with --organization"
            ) from error
        roles = user.get("roles") if isinstance(user, dict) else None
        paths = roles if isinstance(roles, dict) else ()
        found: str | None = next((path.removeprefix("/orgs/") for path in paths if path.startswith("/orgs/")), None)
        if found is None:
            raise self._unreadable()
        return found

    def path(self, organization: str | None, *parts: str) -> str:
        """Return a path below an organization, by default that of the token."""
        return "/".join(["/orgs", *(quote(part, safe="") for part in (organization or self.organization(), *parts))])

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT)
        return http.client.HTTPSConnection(host, parts.port, timeout=_TIMEOUT, context=ssl.create_default_context())

    def _read(self, status: int, content: bytes) -> Any:
        if status in (200, 201, 204) and not content:
            return None
        try:
            answer = read_bounded_json(content)
        except ValueError as error:
            raise (self._unreadable() if status in (200, 201) else self._passed_by(status)) from error
        if status in (200, 201):
            return answer
        said = answer.get("message") if isinstance(answer, dict) else None
        what = said if isinstance(said, str) else f"HTTP {status}"
        if status in _REFUSALS:
            raise ServerRefusedError(what, status=status, where=self.url)
        raise LeastwayError(what, where=self.url)

    def _silent(self, error: Exception) -> LeastwayError:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return LeastwayError(
            f"the server does not answer: {why}",
            where=self.url,
            fix="check LEASTWAY_URL, and that leastway serve runs there",
        )

    def _passed_by(self, status: int) -> LeastwayError:
        """Return the error for a refusal that is not the server's own, which is JSON: a proxy may be before it."""
        fix = "check LEASTWAY_URL"
        if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            fix = "wait until the server works again, then run the same command again"
        return LeastwayError(f"HTTP {status}, and not from leastway itself", where=self.url, fix=fix)

    def _unreadable(self) -> LeastwayError:
        return LeastwayError(
            "the answer cannot be read, so it does not come from a leastway server",
            where=self.url,
            fix="check LEASTWAY_URL",
        )


def _with_names(value: Any, where: str) -> Any:
    """Return JSON whose objects name a member that is missing."""
    if isinstance(value, dict):
        return _Members({name: _with_names(one, where) for name, one in value.items()}, where)
    return [_with_names(one, where) for one in value] if isinstance(value, list) else value


def _object(value: Any, what: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise unexpected(what, where)
    for name in _TEXTS:
        if not isinstance(value.get(name, ""), str):
            raise unexpected(f"{what} with a text as {name!r}", where)
    return value


def unexpected(what: str, where: str) -> UnexpectedAnswerError:
    """Return the error for an answer that is not `what` was expected from `where`."""
    fix = "check LEASTWAY_URL, and that the server there has the same version of leastway"
    return UnexpectedAnswerError(f"the answer is not {what}, as expected", where=where, fix=fix)


def token_for(url: str, environment: Mapping[str, str] | None = None) -> Secret | None:
    """Return the token of the environment for requests to `url`, or None.

    If LEASTWAY_URL names a server, its token is for that server alone. Errors: InvalidInputError.
    """
    env = os.environ if environment is None else environment
    server = env.get("LEASTWAY_URL", "").strip()
    return _token(env) if not server or _origin(server) == _origin(url) else None


def _origin(url: str) -> tuple[str, str] | None:
    parts = split_web_url(url)
    return None if parts is None else (parts.scheme, parts.netloc.lower())


def _token(env: Mapping[str, str]) -> Secret | None:
    """Return the token, if one is given; the file is read for each call, so that it can be replaced."""
    if text := env.get("LEASTWAY_TOKEN", "").strip():
        if not _is_token(text):
            raise InvalidInputError("LEASTWAY_TOKEN is not a token", fix="set it to one token, as the server showed it")
        return Secret(text)
    if name := env.get("LEASTWAY_TOKEN_FILE", ""):
        text = read_file(Path(name), limit=_LONGEST_TOKEN).decode("utf-8", "replace").strip()
        if not _is_token(text):
            raise InvalidInputError("the file does not have a token", where=name, fix="write one token into it")
        return Secret(text)
    return None


def _is_token(text: str) -> bool:
    """Return whether a header can have it: printable ASCII without spaces."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
