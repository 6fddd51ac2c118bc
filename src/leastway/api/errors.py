"""Errors as HTTP answers: status, and the body `{error, message, details?}` of Humanitec's API.

`error` is a short fixed word that programs can compare; `message` says what happened and what to do. An internal error
tells the client its request id alone; the log has the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response

from leastway.broker import StoppedError, UnknownAccountError
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import StsRefusedError, StsUnavailableError
from leastway.service import ForbiddenError, NotFoundError, ThrottledError, UnauthenticatedError
from leastway.sessions import RoleNotAllowedError
from leastway.store import ConflictError

__all__ = ["HttpError", "bare_not_found", "error_response", "json_response", "response_to"]


class HttpError(LeastwayError):
    """A request that cannot be answered because of its form: the status and the word say how."""

    def __init__(self, status: HTTPStatus, word: str, what: str, *, fix: str | None = None) -> None:
        super().__init__(what, fix=fix)
        self.status = status
        self.word = word


_ANSWERS: Final[tuple[tuple[type[LeastwayError], HTTPStatus, str], ...]] = (
    (ThrottledError, HTTPStatus.TOO_MANY_REQUESTS, "throttled"),
    (UnauthenticatedError, HTTPStatus.UNAUTHORIZED, "unauthenticated"),
    (ForbiddenError, HTTPStatus.FORBIDDEN, "forbidden"),
    (NotFoundError, HTTPStatus.NOT_FOUND, "not-found"),
    (UnknownAccountError, HTTPStatus.NOT_FOUND, "not-found"),
    (StoppedError, HTTPStatus.FORBIDDEN, "stopped"),
    (RoleNotAllowedError, HTTPStatus.FORBIDDEN, "role-not-allowed"),
    (StsRefusedError, HTTPStatus.FORBIDDEN, "refused-by-aws"),
    (ConflictError, HTTPStatus.CONFLICT, "conflict"),
    (InvalidInputError, HTTPStatus.BAD_REQUEST, "invalid"),
    (LeastwayError, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
)
_SHOW_WHERE: Final = (InvalidInputError, StsRefusedError, StsUnavailableError)
"""Errors whose place is a field of the request, or a role, and no path of this machine."""
_JSON = "application/json"


def json_response(
    body: object, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """Return `body` as JSON."""
    return Response(msgspec.json.encode(body), status, headers, media_type=_JSON)


def response_to(error: LeastwayError) -> Response:
    """Return the answer to a request that ended with `error`."""
    if isinstance(error, HttpError):
        return error_response(error.status, error.word, _words(error))
    for kind, status, word in _ANSWERS:
        if isinstance(error, kind):
            return error_response(status, word, _words(error))
    raise AssertionError(error)


def bare_not_found(error: NotFoundError) -> Response:
    """Return the 404 of deltas and deployment sets, whose body is a string and not an object."""
    return json_response(_words(error), HTTPStatus.NOT_FOUND)


def error_response(status: HTTPStatus, word: str, message: str) -> Response:
    """Return an error body. Clients that try again do so for 429, 502 and 503."""
    response = json_response({"error": word, "message": message}, status)
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="leastway"'
    return response


def _words(error: LeastwayError) -> str:
    """Return what happened, with the field of the request where it did, and the fix."""
    field = f"{error.where}: " if error.where and isinstance(error, _SHOW_WHERE) else ""
    return f"{field}{error.what}; {error.fix}" if error.fix else f"{field}{error.what}"
