"""What the resources of an environment would get: `.../resources/resolution`, which is ours, and Humanitec's `graphs`.

Both take a list of resources or a deployment set, and provision nothing.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_any
from leastway.api.errors import json_response
from leastway.api.requests import endpoint, environment_of
from leastway.api.routes.active_resources import graph_json
from leastway.api.threads import in_thread
from leastway.errors import InvalidInputError
from leastway.resolve import RequestedResource, as_json, read_request
from leastway.service import Caller, Server, resolution
from leastway.tenants import Permission

__all__ = ["ROUTES"]


async def _resolve(request: Request, server: Server, caller: Caller) -> Response:
    requested = await _requested(request)
    found = await in_thread(resolution.resolve_environment, server, caller, *environment_of(request), requested)
    return json_response(await in_thread(as_json, found))


async def _create_graph(request: Request, server: Server, caller: Caller) -> Response:
    requested = await _requested(request)
    graph = await in_thread(resolution.create_graph, server, caller, *environment_of(request), requested)
    return json_response(graph_json(graph))


_RESOURCES: Final = "/orgs/{org}/apps/{app}/envs/{env}/resources"

ROUTES: Final = (
    endpoint(f"{_RESOURCES}/resolution", "POST", _resolve, permission=Permission.READ),
    endpoint(f"{_RESOURCES}/graphs", "POST", _create_graph),
)


async def _requested(request: Request) -> tuple[RequestedResource, ...]:
    body = await read_any(request)
    try:
        return read_request(body)
    except InvalidInputError as error:
        if not (error.where or "").startswith("["):
            raise
        raise InvalidInputError(error.what, where=f"the body{error.where}", fix=error.fix) from error
