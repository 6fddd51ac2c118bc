"""The operations of Humanitec's API that this server does not serve: 501, with the usual error body.

Routes are tried in order, so that these come last and stand behind every route that does serve its operation.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leastway.api.errors import HttpError
from leastway.api.operations import OPERATIONS
from leastway.api.requests import endpoint
from leastway.service import Caller, Server
from leastway.tenants import Permission

__all__ = ["ROUTES"]


def _not_served(path: str, method: str) -> Route:
    async def refuse(_request: Request, _server: Server, _caller: Caller) -> Response:
        raise HttpError(
            HTTPStatus.NOT_IMPLEMENTED,
            "not-served",
            f"this server does not serve {method} {path}",
            fix="see docs/api.md for what it serves",
        )

    return endpoint(path, method, refuse, permission=Permission.READ)


ROUTES: Final = tuple(_not_served(path, method) for path, method in OPERATIONS)
