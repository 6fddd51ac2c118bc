"""EKS requests run on the event loop, and go first to the operations that other gaps handle.

AWS (Amazon EKS API Reference): a query parameter can be repeated (`tagKeys=a&tagKeys=b`), and lists have pages of
`maxResults` items, 100 by default, with a `nextToken`. ministack: keeps one of repeated query parameters, cuts lists
off at `maxResults` without a `nextToken`, and starts a thread for each EKS request, because it may call Docker.

The sandbox has no Docker, and a thread costs six times as much as the request.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leastway.sandbox.process.engine import Function, change, eks

__all__ = ["EksError", "EksRequest", "call", "find_cluster", "invalid", "not_found", "page", "refused", "route"]

_PAGE = 100


@dataclass(frozen=True, slots=True)
class EksRequest:
    """One EKS request that is already authorized."""

    path: Mapping[str, str]
    """The named parts of the path."""
    body: Mapping[str, Any]
    query: Mapping[str, Sequence[str]]

    def argument(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return self.query.get(name, [default])[0]


class EksError(Exception):
    """An error of EKS, with the name and HTTP status of its API model."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def invalid(message: str) -> EksError:
    """Return EKS's error for an invalid parameter."""
    return EksError(400, "InvalidParameterException", message)


def refused(message: str) -> EksError:
    """Return EKS's error for a request that the state of the cluster does not allow."""
    return EksError(400, "InvalidRequestException", message)


def not_found(message: str) -> EksError:
    """Return EKS's error for something that does not exist."""
    return EksError(404, "ResourceNotFoundException", message)


EksHandler = Callable[[EksRequest], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]
_Answer = tuple[int, dict[str, str], bytes]
_ROUTES: list[tuple[str, re.Pattern[str], EksHandler]] = []


def route(method: str, pattern: str) -> Callable[[EksHandler], EksHandler]:
    """Register a function for `method` on paths that match `pattern` entirely; named groups go to `path`."""

    def register(handler: EksHandler) -> EksHandler:
        _ROUTES.append((method, re.compile(pattern), handler))
        return handler

    return register


@change("services.eks", "handle_request")
async def _handle_request(_original: Function, method: str, path: str, *rest: Any) -> _Answer:
    _headers, body, query = rest
    found = _find(method, path)
    if found is None:
        answered: _Answer = eks("_handle_request_sync")(method, path, *rest)
        return answered
    handler, named = found
    try:
        answer = handler(EksRequest(named, json.loads(body) if body else {}, query))
        return _render(200, await answer if isinstance(answer, Awaitable) else answer)
    except EksError as error:
        status, headers, text = _render(error.status, {"__type": error.code, "message": str(error)})
        return status, {**headers, "x-amzn-errortype": error.code}, text


def _find(method: str, path: str) -> tuple[EksHandler, Mapping[str, str]] | None:
    for known, pattern, handler in _ROUTES:
        if known == method and (found := pattern.fullmatch(path)):
            return handler, found.groupdict()
    return None


def call(
    method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, Sequence[str]] | None = None
) -> Any:
    """Call an operation of a gap on behalf of another AWS service. Raises EksError."""
    found = _find(method, path)
    assert found is not None, path  # noqa: S101  # it is in this folder
    handler, named = found
    return handler(EksRequest(named, body or {}, query or {}))


def _render(status: int, body: Mapping[str, Any]) -> _Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def find_cluster(name: str) -> dict[str, Any]:
    """Return ministack's record of a cluster in the request's account and region, or raise EKS's error."""
    cluster: dict[str, Any] | None = eks("_clusters").get(name)
    if cluster is None:
        raise not_found(f"No cluster found for name: {name}.")
    return cluster


def page(request: EksRequest, name: str, items: Sequence[Any]) -> dict[str, Any]:
    """Return the requested page of `items` as the member `name`, and the token of the next page."""
    size = int(request.argument("maxResults", str(_PAGE)))
    if not 1 <= size <= _PAGE:
        raise invalid(f"maxResults must be between 1 and {_PAGE}")
    token = request.argument("nextToken")
    try:
        start = int(base64.b64decode(token, validate=True)) if token else 0
    except ValueError:
        raise invalid("The nextToken parameter is not valid") from None
    found: dict[str, Any] = {name: list(items[start : start + size])}
    if start + size < len(items):
        found["nextToken"] = base64.b64encode(str(start + size).encode()).decode()
    return found
