"""Loading of ministack without side effects, and the ways in which a gap changes it.

ministack's own start (its ASGI lifespan) never runs: it would open MQTT and SFTP listeners, look for Docker and
start schedulers. Instead its modules are imported with an environment set here, and importing Docker is made
impossible.
"""

from __future__ import annotations

import fnmatch
import functools
import importlib
import importlib.metadata
import logging
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.http1 import HttpRequest, HttpResponse

__all__ = [
    "VERSION",
    "Function",
    "answer",
    "call_ministack",
    "change",
    "check",
    "close",
    "eks",
    "handle",
    "iam",
    "load",
    "require",
]

Function = Callable[..., Any]
"""A function of ministack, or its replacement."""

VERSION = "1.5.33"
"""The release of ministack for which the gaps are written."""


def load(folder: str, port: int) -> None:
    """Import ministack with IAM enforcement on, its files under `folder`, and `port` in its URLs."""
    for name in [name for name in os.environ if name.startswith("MINISTACK_")]:
        del os.environ[name]
    os.environ.update(
        AUTH="true",
        LOG_LEVEL="CRITICAL",
        MINISTACK_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        TMPDIR=folder,
        HOME=folder,
        STATE_DIR=f"{folder}/state",
        S3_DATA_DIR=f"{folder}/s3",
    )
    sys.modules["docker"] = None  # type: ignore[assignment]  # `import docker` fails, as if it were not installed
    found = importlib.metadata.version("ministack")
    if found != VERSION:
        raise LeastwayError(
            f"the sandbox requires ministack {VERSION}, but {found} is installed",
            fix="install leastway with the extra `rehearse`, which pins it",
        )
    importlib.import_module("ministack.app")
    logging.disable(logging.CRITICAL)


def require(module: str, name: str) -> Any:
    """Return `name` from the ministack module `module` (e.g. `core.iam_evaluator`); LeastwayError if it is missing."""
    loaded = importlib.import_module(f"ministack.{module}")
    try:
        return getattr(loaded, name)
    except AttributeError:
        raise LeastwayError(
            f"ministack.{module} no longer has {name}: review the gap that uses it",
            where=f"ministack {importlib.metadata.version('ministack')}",
        ) from None


iam = functools.partial(require, "services.iam")
"""Return a function or store of ministack's IAM by name, e.g. `_users`."""
eks = functools.partial(require, "services.eks")


async def call_ministack(request: HttpRequest, source: str) -> HttpResponse:
    """Return ministack's response to a request from the address `source`, over TLS as with AWS's own endpoints."""
    path, _, query = request.target.encode("ascii").partition(b"?")
    scope = {
        "type": "http",
        "method": request.method,
        "scheme": "https",
        "path": request.path,
        "raw_path": path,
        "query_string": query,
        "headers": request.headers,
        "client": (source, 0),
    }
    parts: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(part: dict[str, Any]) -> None:
        parts.append(part)

    await require("app", "app")(scope, receive, send)
    body = b"".join(part.get("body", b"") for part in parts)
    return HttpResponse(parts[0]["status"], body, parts[0]["headers"])


_STEPS: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
"""The functions that close each gap, by module, in the order of registration."""


def close(module: str) -> None:
    """Install what `module` marks with the decorators below, once; LeastwayError if ministack has changed there."""
    for put in _STEPS.pop(module, ()):
        put()


def change(module: str, name: str) -> Callable[[Function], Function]:
    """Replace a function of ministack, which becomes the first argument of the new one."""

    def put(function: Function) -> None:
        changed = functools.partial(function, require(module, name))
        setattr(importlib.import_module(f"ministack.{module}"), name, changed)

    return _marks(put)


def handle(*actions: str) -> Callable[[Function], Function]:
    """Register a function for IAM `actions`; it receives ministack's own handler and the request's parameters.

    An action may be a pattern such as `List*`, here and in `check`.
    """
    return _marks(functools.partial(_handle, actions))


def check(*actions: str) -> Callable[[Function], Function]:
    """Register a check of the parameters of IAM `actions`: its result, if not None, is the response."""

    def put(function: Function) -> None:
        _handle(actions, lambda original, params: function(params) or original(params))

    return _marks(put)


def _handle(actions: Iterable[str], function: Function) -> None:
    table = iam("_IAM_HANDLERS")
    for pattern in actions:
        found = fnmatch.filter(table, pattern)
        if not found:
            raise LeastwayError(f"ministack no longer handles {pattern}: review its gap")
        table.update({action: functools.partial(function, table[action]) for action in found})


def answer(*actions: str) -> Callable[[Function], Function]:
    """Register a function for IAM `actions` that ministack lacks; it receives the request's parameters."""
    return _marks(lambda function: iam("_IAM_HANDLERS").update(dict.fromkeys(actions, function)))


def _marks(put: Callable[[Function], None]) -> Callable[[Function], Function]:
    def mark(function: Function) -> Function:
        _STEPS[function.__module__].append(functools.partial(put, function))
        return function

    return mark
