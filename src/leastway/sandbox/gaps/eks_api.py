"""EKS requests run on the event loop, and go through the operations and checks of other gaps to ministack's own.

AWS (Amazon EKS API Reference): a query parameter can be repeated (`tagKeys=a&tagKeys=b`), and lists have pages of
`maxResults` items, 100 by default, with a `nextToken`. ministack: keeps one of repeated query parameters, cuts lists
off at `maxResults` without a `nextToken`, and starts a thread for each EKS request, because it may call Docker.

The sandbox has no Docker, and a thread costs six times as much as the request.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leastway.sandbox.process.engine import Function, change, eks

__all__ = ["EksError", "EksRequest", "call", "find_cluster", "invalid", "not_found", "refused", "route"]

_PAGE = 100


@dataclass(frozen=True, slots=True)
class EksRequest:
    """One EKS request that is already authorized."""

    path: Mapping[str, str]
    """The named parts of the path."""
    body: dict[str, Any]
    """A check may change it."""
    query: Mapping[str, Sequence[str]]


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


EksHandler = Callable[[EksRequest], Any]
_ROUTES: list[tuple[re.Pattern[str], EksHandler]] = []


def route(pattern: str) -> Callable[[EksHandler], EksHandler]:
    """Register a function for requests whose method and path match `pattern` entirely; named groups go to `path`.

    It returns the response, or an awaitable of it, or None if other functions and then ministack must handle the
    request, which it has checked.
    """

    def register(handler: EksHandler) -> EksHandler:
        _ROUTES.append((re.compile(pattern), handler))
        return handler

    return register


@change("services.eks", "handle_request")
async def _handle_request(_original: Function, method: str, path: str, *rest: Any) -> tuple[int, Any, bytes]:
    headers, body, query = rest
    status, fields = 200, {"Content-Type": "application/json"}
    try:
        answer = call(method, path, json.loads(body) if body else {}, query, headers)
        answer = await answer if isinstance(answer, Awaitable) else answer
    except EksError as error:
        status, answer = error.status, {"__type": error.code, "message": str(error)}
        fields["x-amzn-errortype"] = error.code
    return status, fields, json.dumps(answer).encode()


@change("services.eks", "_schedule_access_policy_reconcile")
def _reconcile(_original: Function, _cluster: str) -> None:
    """Start no thread that would write access policies into a k3s."""


def call(
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    query: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """Do what an authorized request asks for, also on behalf of another AWS service. Raises EksError."""
    body, query = body or {}, query or {}
    for pattern, handler in _ROUTES:
        if found := pattern.fullmatch(f"{method} {path}"):
            answer = handler(EksRequest(found.groupdict(), body, query))
            if answer is not None:
                return answer
    all_items = {**query, "maxResults": [str(sys.maxsize)]}
    status, _, content = eks("_handle_request_sync")(method, path, headers, json.dumps(body).encode(), all_items)
    answer = json.loads(content)
    if status >= 400:
        raise EksError(status, answer["__type"], answer["message"])
    listed = next((name for name, value in answer.items() if isinstance(value, list)), None)
    return _page(answer, listed, query) if listed is not None else answer


def _page(answer: Mapping[str, Any], listed: str, query: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """Return a list's response with the requested page of its member `listed`, and the token of the next page."""
    size, token = int(query.get("maxResults", [_PAGE])[0]), query.get("nextToken", [""])[0]
    if not 1 <= size <= _PAGE:
        raise invalid(f"maxResults must be between 1 and {_PAGE}")
    try:
        start = int(base64.b64decode(token, validate=True)) if token else 0
    except ValueError:
        raise invalid("The nextToken parameter is not valid") from None
    items = sorted(answer[listed], key=str)
    page = {**answer, listed: items[start : start + size]}
    if start + size < len(items):
        page["nextToken"] = base64.b64encode(str(start + size).encode()).decode()
    return page


def find_cluster(name: str) -> dict[str, Any]:
    """Return ministack's record of a cluster in the request's account and region, or raise EKS's error."""
    cluster: dict[str, Any] | None = eks("_clusters").get(name)
    if cluster is None:
        raise not_found(f"No cluster found for name: {name}.")
    return cluster
