"""Health without a token: `/health` while the process answers, `/ready` while it can do its work."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leastway.api.errors import json_response
from leastway.api.threads import in_thread
from leastway.errors import LeastwayError
from leastway.service import Server

__all__ = ["ROUTES"]


async def _health(_request: Request) -> Response:
    return json_response({"status": "ok"})


async def _ready(request: Request) -> Response:
    """Answer 503 while the store cannot be read. Which part failed is in the log: this path has no token."""
    try:
        await in_thread(_read_store, request.app.state.server)
    except LeastwayError:
        return json_response({"status": "unavailable"}, HTTPStatus.SERVICE_UNAVAILABLE)
    return json_response({"status": "ok"})


def _read_store(server: Server) -> None:
    with server.store.reading() as transaction:
        transaction.tenants.organizations()


ROUTES: Final = (Route("/health", _health, methods=["GET"]), Route("/ready", _ready, methods=["GET"]))
