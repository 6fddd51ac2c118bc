"""Calls to AWS that a gateway sent on, as they stood on the wire, without what is secret or different each time.

A recording is a file of JSON lines, one request each, in the order of their first time. A body that the gateway
streams is null. The signature is left out, but for the region and the service that it was made for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from leastway.aws.calls import Authorization, BodyRule, Call, Hosts, RefusedCall, WireRequest, body_rule, name_call
from leastway.aws.calls import read_authorization as authorization_of

__all__ = ["read_calls", "write_calls"]

_LEFT_OUT = frozenset({"x-amz-date", "x-amz-security-token", "x-amz-expected-bucket-owner"})
_STREAMED = "x-amz-content-sha256"
_EMBEDDED = re.compile(r"http%3A%2F%2F127\.0\.0\.1%3A[0-9]+")


def read_calls(path: Path, hosts: Hosts) -> list[Call]:
    """Name the calls of a recording anew. Errors: AssertionError for one that is refused."""
    found = []
    for line in path.read_text().splitlines():
        call = _named(json.loads(line), hosts)
        assert isinstance(call, Call), (line, call)
        found.append(call)
    return found


def _named(recorded: dict[str, Any], hosts: Hosts) -> Call | RefusedCall:
    region, _, service = recorded["scope"].partition("/")
    body = recorded["body"]
    request = WireRequest(
        recorded["method"],
        recorded["host"],
        443,
        recorded["path"],
        recorded["query"],
        (("host", recorded["host"]), *recorded["headers"].items()),
        None if body is None else body.encode(),
    )
    return name_call(request, hosts, Authorization("", "", region, service, (), ""))


def write_calls(path: Path, requests: Iterable[WireRequest], hosts: Hosts) -> None:
    """Record requests; one that is like an earlier one is left out."""
    lines = dict.fromkeys(json.dumps(_recorded(each, hosts), sort_keys=True) for each in requests)
    path.write_text("".join(f"{line}\n" for line in lines))


def _recorded(request: WireRequest, hosts: Hosts) -> dict[str, Any]:
    """Return a request; the URL of a queue of the embedded AWS becomes the one that AWS gives to a queue."""
    authorization = authorization_of(request)
    assert isinstance(authorization, Authorization), authorization
    rule = body_rule(replace(request, body=None), hosts)
    is_streamed = isinstance(rule, tuple) and rule[0] is BodyRule.STREAM
    return {
        "scope": f"{authorization.region}/{authorization.service}",
        "method": request.method,
        "host": request.host,
        "path": request.path,
        "query": request.query,
        "headers": {name: value for name, value in request.headers if _is_kept(name, is_streamed=is_streamed)},
        "body": None if is_streamed else _EMBEDDED.sub(f"https%3A%2F%2F{request.host}", (request.body or b"").decode()),
    }


def _is_kept(name: str, *, is_streamed: bool) -> bool:
    if name == _STREAMED:
        return is_streamed
    return name == "content-type" or (name.startswith("x-amz-") and name not in _LEFT_OUT)
