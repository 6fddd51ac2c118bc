"""Temporary credentials by the container-credentials protocol of AWS's SDKs, and tokens for clusters.

`GET /orgs/{org}/resources/accounts/{account}/credentials` is what AWS_CONTAINER_CREDENTIALS_FULL_URI names. The SDKs
send AWS_CONTAINER_AUTHORIZATION_TOKEN as it is, so a token is accepted with `Bearer` and without. Browsers are refused,
and without TLS names of other hosts: a web page must not reach this path by a name that it rebinds to this machine.
Source: AWS SDKs and Tools Reference Guide, "Container credential provider"; botocore's `ContainerProvider`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leastway.api.bodies import read_body
from leastway.api.errors import HttpError, json_response
from leastway.api.requests import Calls, called_by, endpoint, route
from leastway.api.threads import RequestThreads, in_thread
from leastway.api.times import write_time
from leastway.broker import Asked, StaleError
from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.service import Caller, ForbiddenError, Server, UnauthenticatedError, hand_outs
from leastway.sessions import Session
from leastway.tenants import Permission

__all__ = ["HAND_OUT", "ROUTES"]

_TRIES: Final = 5
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_OF_BROWSERS: Final = frozenset({b"origin", b"referer", b"sec-fetch-site", b"sec-fetch-mode"})
"""Headers by their names in lower case, as in all of this file."""
_QUERY: Final = frozenset({"role", "definition", "duration", "session_name"})

Answer = Callable[[Request, Server, Caller, int], Awaitable[Response]]


class _ClusterToken(msgspec.Struct):
    cluster: str
    region: str
    role: str | None = None
    definition: str | None = None


def _guarded(path: str, method: str, answer: Answer) -> Route:
    """Return a route whose caller is known from memory, and authenticated again if something has changed."""

    async def work(request: Request, server: Server, calls: Calls) -> Response:
        headers = dict(request.scope["headers"])
        _refuse_browsers(headers, request, server)
        token, called = _token(headers), called_by(request)
        for attempt in range(1, _TRIES + 1):
            generation = server.brokerage.gate.generation
            remembered = server.callers.remembered(token, called)
            if (caller := remembered) is None:
                threads: RequestThreads = request.app.state.threads
                threads.use_for_unknown()
                caller = await in_thread(server.callers.find, token, called)
            try:
                calls(caller)
                return await answer(request, server, caller, generation)
            except StaleError:
                if attempt == _TRIES:
                    raise
            except ForbiddenError:
                if remembered is None:
                    raise
                server.callers.forget(token)  # it may have a larger role by now
        raise AssertionError

    return route(path, method, work, Permission.HAND_OUT)


async def _credentials(request: Request, server: Server, caller: Caller, generation: int) -> Response:
    path, query = request.path_params, _query(request)
    if unknown := query.keys() - _QUERY:
        raise InvalidInputError(f"unknown parameter {min(unknown)!r}", fix=f"use {', '.join(sorted(_QUERY))}")
    asked = Asked(
        path["org"],
        path["account"],
        query.get("role"),
        query.get("definition"),
        _seconds(query.get("duration")),
        query.get("session_name"),
    )
    handed = await hand_outs.hand_out(server, caller, asked, generation)
    keys = handed.keys
    body = {
        "AccessKeyId": keys.key_id,
        "SecretAccessKey": keys.secret.reveal(),
        "Token": keys.token.reveal() if keys.token is not None else "",
        "Expiration": handed.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "RoleArn": handed.role,
    }
    if handed.trouble is not None:
        body["Message"] = f"the next session could not be made yet: {handed.trouble}"
    return _secret(body)


async def _eks_token(request: Request, server: Server, caller: Caller, generation: int) -> Response:
    path, body = request.path_params, await read_body(request, _ClusterToken)
    asked = Asked(path["org"], path["account"], body.role, body.definition)
    token = await in_thread(
        hand_outs.hand_out_eks_token, server, caller, asked, generation, cluster=body.cluster, region=body.region
    )
    return _secret({"token": token.token.reveal(), "expires_at": token.expires.strftime("%Y-%m-%dT%H:%M:%SZ")})


async def _sessions(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(hand_outs.read_sessions, server, caller, request.path_params["org"])
    return json_response([session_body(one) for one in found])


def session_body(session: Session) -> dict[str, object]:
    """Return a session as the API shows it."""
    times = {
        "handed_out_at": session.handed_out_at,
        "ended_at": session.ended_at,
    }
    return {
        "id": session.id,
        "account": session.account,
        "definition": session.definition,
        "parent": session.parent,
        "role": session.role,
        "session_name": session.session_name,
        "access_key_id": session.access_key_id,
        "issued_at": write_time(session.issued_at),
        "expires_at": write_time(session.expires_at),
        **{name: None if time is None else write_time(time) for name, time in times.items()},
        "ended_because": session.ended_because,
    }


_ACCOUNT: Final = "/orgs/{org}/resources/accounts/{account}"

HAND_OUT: Final = _guarded(f"{_ACCOUNT}/credentials", "GET", _credentials)
"""The route that is requested most, by far."""

ROUTES: Final = (
    HAND_OUT,
    _guarded(f"{_ACCOUNT}/eks-token", "POST", _eks_token),
    endpoint("/orgs/{org}/sessions", "GET", _sessions),
)


def _secret(body: dict[str, str]) -> Response:
    return json_response(body, headers={"Cache-Control": "no-store"})


def _refuse_browsers(headers: Mapping[bytes, bytes], request: Request, server: Server) -> None:
    if b"mozilla" in headers.get(b"user-agent", b"").lower() or not _OF_BROWSERS.isdisjoint(headers):
        raise HttpError(HTTPStatus.FORBIDDEN, "forbidden", "browsers get no credentials", fix="use an AWS SDK or curl")
    if request.scope["scheme"] == "https":
        return
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in _LOOPBACK and name not in server.settings.hosts:
        raise HttpError(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            "the request names an unknown host",
            fix="use 127.0.0.1 or localhost; for the name of a proxy that ends TLS, start the server with --host NAME",
        )


def _token(headers: Mapping[bytes, bytes]) -> Secret:
    """Return the token of the header, with `Bearer` or without. Errors: UnauthenticatedError."""
    given = headers.get(b"authorization", b"").decode("latin-1").strip()
    scheme, _, rest = given.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else given
    if not token or " " in token:
        raise UnauthenticatedError(
            "the request has no token", fix="put a token of the server into AWS_CONTAINER_AUTHORIZATION_TOKEN"
        )
    return Secret(token)


def _query(request: Request) -> Mapping[str, str]:
    """Return the parameters. Most requests have none, and finding that out takes a tenth of the time of a hand-out."""
    return request.query_params if request.scope["query_string"] else {}


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise InvalidInputError("it is not a number of seconds", where="duration", fix="write 900 to 43200")
    return int(text)
