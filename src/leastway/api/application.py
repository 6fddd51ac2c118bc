"""The ASGI application over a server: all routes, and one measured and logged line for each request."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leastway.api.errors import error_response
from leastway.api.following import READS
from leastway.api.metrics import Metrics, show_metrics
from leastway.api.requests import endpoint, not_allowed, not_found
from leastway.api.routes import (
    account_roles,
    accounts,
    active_resources,
    agents,
    applications,
    audit,
    contracts,
    credentials,
    definitions,
    deltas,
    deployments,
    environment_types,
    groups,
    health,
    kill_switches,
    not_served,
    object_roles,
    organizations,
    people,
    published,
    resolution,
    resource_types,
    runs,
    runtime,
    sets,
    states,
    suggestions,
    users,
)
from leastway.api.threads import RequestThreads
from leastway.service import Server

__all__ = ["application"]

_log = logging.getLogger("leastway.api")
_CLIENT_CLOSED: Final = 499
"""What the log and the metrics say of a request that was not received whole, as nginx does."""
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def application(server: Server) -> Starlette:
    """Return the application of the API; for a process with a role that does not serve it, health and metrics alone."""
    served = [
        *credentials.ROUTES,
        *users.ROUTES,
        *accounts.ROUTES,
        *people.ROUTES,
        *audit.ROUTES,
        *account_roles.ROUTES,
        *kill_switches.ROUTES,
        *applications.ROUTES,
        *environment_types.ROUTES,
        *active_resources.ROUTES,
        *resolution.ROUTES,
        *agents.ROUTES,
        *object_roles.ROUTES,
        *groups.ROUTES,
        *organizations.ROUTES,
        *definitions.ROUTES,
        *resource_types.ROUTES,
        *contracts.ROUTES,
        *runs.ROUTES,
        *runtime.ROUTES,
        *states.ROUTES,
        *deltas.ROUTES,
        *deployments.ROUTES,
        *sets.ROUTES,
        *suggestions.ROUTES,
        *published.ROUTES,
        *not_served.ROUTES,  # last: a route that serves the operation comes before
    ]
    of_process = [*health.ROUTES, endpoint("/metrics", "GET", show_metrics)]
    is_served = server.settings.role.serves
    routes = [*of_process, *served] if is_served else of_process
    app = Starlette(routes=routes, exception_handlers={404: not_found, 405: not_allowed})
    app.router.redirect_slashes = False  # a path with a slash too many does not exist, as any other
    app.state.server = server
    app.state.is_stopping = False
    app.state.log_reads = asyncio.Semaphore(READS)
    app.state.threads = RequestThreads()
    app.state.metrics = Metrics()
    app.state.metrics.watch_logs(server.logs)
    app.state.metrics.watch_runs(server.runs)
    app.state.metrics.watch_tunnels(server.tunnels)
    app.add_middleware(_Observed, metrics=app.state.metrics, direct=credentials.HAND_OUT if is_served else None)
    return app


class _Observed:
    """Gives each request an id, measures it, and writes one line. An unexpected error becomes a 500 with that id.

    Requests for the route `direct`, which answers its errors itself, skip the router and what is around it.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, direct: Route | None) -> None:
        self._app = app
        self._metrics = metrics
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        identifier = _request_id(scope)
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", identifier)]
            await send(message)

        try:
            if self._direct is not None and (found := _matched(self._direct, scope)) is not None:
                scope.update(found, route=self._direct)
                answer: Response = await self._direct.endpoint(Request(scope, receive, sending))
                await answer(scope, receive, sending)
            else:
                await self._app(scope, receive, sending)
        except ClientDisconnect:  # while it sent the body: nobody is there for an answer
            status = _CLIENT_CLOSED
        except Exception:
            _log.exception("internal error", extra={"request_id": identifier.decode()})
            if status:  # the answer has begun: only closing the connection tells the client
                raise
            message = f"internal error; report it with the request id {identifier.decode()}"
            await error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", message)(scope, receive, sending)
        finally:
            self._observe(scope, status, time.perf_counter() - began, identifier)

    def _observe(self, scope: Scope, status: int, seconds: float, identifier: bytes) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self._metrics.requests.labels(scope["method"], route, status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if _log.isEnabledFor(logging.INFO):
            fields = {
                "request_id": identifier.decode(),
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "milliseconds": round(seconds * 1000, 2),
                "client": (scope.get("client") or ("",))[0],
            }
            _log.info("request", extra=fields)


def _matched(route: Route, scope: Scope) -> Scope | None:
    """Return what the route's parameters are, all of them texts, if the request is for it."""
    if scope["method"] not in (route.methods or ()) or (found := route.path_regex.match(scope["path"])) is None:
        return None
    return {"endpoint": route.endpoint, "path_params": found.groupdict()}


def _request_id(scope: Scope) -> bytes:
    """Return the id that a proxy gave the request, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value)
    return uuid.uuid4().hex.encode()
