"""What every route does: authenticate, call a use case on a thread, answer errors, and enter refusals.

A refused request of a known caller is an audit entry. Requests without a valid token are counted instead, so that
nobody outside can fill the log.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from itertools import chain
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from leastway.api.errors import HttpError, error_response, response_to
from leastway.api.metrics import Metrics
from leastway.api.threads import RequestThreads, in_thread
from leastway.audit import Entry, Outcome
from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret
from leastway.service import Called, Caller, ForbiddenError, NotFoundError, Server, UnauthenticatedError
from leastway.tenants import Permission

__all__ = [
    "Authenticate",
    "Calls",
    "Endpoint",
    "NotFound",
    "OpenEndpoint",
    "application_of",
    "authenticate_again",
    "authenticate_anew",
    "called_by",
    "endpoint",
    "environment_of",
    "list_in_parts",
    "open_endpoint",
    "route",
]

Endpoint = Callable[[Request, Server, Caller], Awaitable[Response]]
OpenEndpoint = Callable[[Request, Server], Awaitable[Response]]
Calls = Callable[[Caller], None]
"""Says who calls. Errors: NotFoundError for the path of another organization."""
Work = Callable[[Request, Server, Calls], Awaitable[Response]]
NotFound = Callable[[NotFoundError], Response]
"""Gives the answer for what does not exist. Usually it is an error body as any other."""
Item = TypeVar("Item")


class Authenticate(enum.Enum):
    """How a route finds out who calls."""

    ALWAYS = "from the store"
    TO_STOP = "from memory while the store cannot be read"


def route(
    path: str,
    method: str,
    work: Work,
    permission: Permission = Permission.READ,
    answer_not_found: NotFound = response_to,
    how: Authenticate = Authenticate.ALWAYS,
) -> Route:
    """Return a route that answers every error of `work`, and enters or counts what is refused.

    `work` says who calls as soon as it knows. `{org}` in the path must be the caller's organization, and the caller
    needs `permission`: that is refused before anything else is looked at, such as a body that could be wrong as well.
    """

    to_stop = how is Authenticate.TO_STOP

    async def handle(request: Request) -> Response:
        server: Server = request.app.state.server
        metrics: Metrics = request.app.state.metrics
        threads: RequestThreads = request.app.state.threads
        known: Caller | None = None

        def calls(caller: Caller) -> None:
            nonlocal known
            known = caller
            threads.use_for(caller.organization, to_stop=to_stop)
            caller.need(permission, request.path_params.get("org"))
            _refuse_nul(request)

        try:
            return await work(request, server, calls)
        except UnauthenticatedError as error:
            metrics.unauthenticated.inc()
            return response_to(error)
        except (ForbiddenError, NotFoundError) as error:
            response = answer_not_found(error) if isinstance(error, NotFoundError) else response_to(error)
            if known is not None:
                await _enter_refusal(server, known, response.status_code)
            return response
        except LeastwayError as error:
            return response_to(error)

    return Route(path, handle, methods=[method])


def endpoint(
    path: str,
    method: str,
    answer: Endpoint,
    how: Authenticate = Authenticate.ALWAYS,
    answer_not_found: NotFound = response_to,
    *,
    permission: Permission | None = None,
) -> Route:
    """Return a route for callers with a valid token and `permission`: if it is not given, READ for GET, else OPERATE.

    It is what the use case needs whatever the path and the body say.
    """

    async def work(request: Request, server: Server, calls: Calls) -> Response:
        threads: RequestThreads = request.app.state.threads
        threads.use_for_unknown(to_stop=how is Authenticate.TO_STOP)
        caller = await in_thread(_caller, server, request, how)
        calls(caller)
        return await answer(request, server, caller)

    needed = permission or (Permission.READ if method == "GET" else Permission.OPERATE)
    return route(path, method, work, needed, answer_not_found=answer_not_found, how=how)


def open_endpoint(path: str, method: str, answer: OpenEndpoint) -> Route:
    """Return a route for callers without a token, such as a sign-in."""

    async def work(request: Request, server: Server, _calls: Calls) -> Response:
        threads: RequestThreads = request.app.state.threads
        threads.use_for_open()
        return await answer(request, server)

    return route(path, method, work)


async def list_in_parts(pages: Iterator[Sequence[Item]], shown: Callable[[Item], object]) -> Response:
    """Return a JSON list that is sent as its pages are read, so that memory does not grow with it.

    What is refused is refused before the answer begins.
    """
    first = await in_thread(next, pages, ())
    return StreamingResponse(_parts(chain((first,), pages), shown), media_type="application/json")


def _parts(pages: Iterable[Sequence[Item]], shown: Callable[[Item], object]) -> Iterator[bytes]:
    before = b"["
    for page in pages:
        if page:
            yield before + msgspec.json.encode([shown(one) for one in page])[1:-1]
            before = b","
    yield b"[]" if before == b"[" else b"]"


async def authenticate_again(request: Request) -> Caller:
    """Return who calls, from memory if nothing has changed, while a request with a valid token is still answered.

    Errors: UnauthenticatedError.
    """
    server: Server = request.app.state.server
    token, called = _token(request), called_by(request)
    if (remembered := server.callers.remembered(token, called)) is not None:
        return remembered
    return await authenticate_anew(request)


async def authenticate_anew(request: Request) -> Caller:
    """Return who calls, from the store: memory learns of a revocation a moment later. Errors: UnauthenticatedError."""
    server: Server = request.app.state.server
    return await in_thread(server.callers.find, _token(request), called_by(request))


def _caller(server: Server, request: Request, how: Authenticate) -> Caller:
    find = server.callers.find_to_stop if how is Authenticate.TO_STOP else server.callers.find
    return find(_token(request), called_by(request))


def _token(request: Request) -> Secret:
    """Return the token of the header. Errors: UnauthenticatedError."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError("the request has no token", fix="send Authorization: Bearer TOKEN")
    return Secret(token.strip())


def _refuse_nul(request: Request) -> None:
    """Refuse the character U+0000, which PostgreSQL does not store, so that nothing has it in its id."""
    if "\0" in request.scope["path"]:
        raise NotFoundError("nothing has the character U+0000 in its id", fix="use the id as a list shows it")
    if b"%00" in request.scope["query_string"] or b"\0" in request.scope["query_string"]:
        raise InvalidInputError("a parameter has the character U+0000", where="the query", fix="leave it out")


def application_of(request: Request) -> tuple[str, str]:
    """Return the organization and the application in a request's path."""
    return request.path_params["org"], request.path_params["app"]


def environment_of(request: Request) -> tuple[str, str, str]:
    """Return the organization, the application and the environment in a request's path."""
    path = request.path_params
    return path["org"], path["app"], path["env"]


def called_by(request: Request) -> Called:
    """Return what the audit log keeps of a request."""
    return Called(request.method, request.scope["path"])


async def _enter_refusal(server: Server, caller: Caller, status: int) -> None:
    """Enter that a request of a known caller was refused; later, if the log cannot be written now."""

    def entry() -> Entry:
        path = caller.called.path
        return caller.entry(server.clock.now(), "request.refused", path, status=status, outcome=Outcome.REFUSED)

    try:
        await server.logs.ledger.record(entry)
    except LeastwayError:  # it stays refused, and is entered when the log can be written
        server.logs.ledger.submit_later(entry())


def not_found(_request: Request, _error: Exception) -> Response:
    """Answer a path that does not exist."""
    return error_response(HTTPStatus.NOT_FOUND, "not-found", "this path does not exist; see the server's documentation")


def not_allowed(request: Request, _error: Exception) -> Response:
    """Answer a method that a path does not have."""
    error = HttpError(
        HTTPStatus.METHOD_NOT_ALLOWED, "not-allowed", f"this path does not have the method {request.method}"
    )
    return response_to(error)
