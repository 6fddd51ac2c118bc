"""Deployment sets of an application: `/orgs/{org}/apps/{app}/sets`. The body of a 404 is a string."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_any
from leastway.api.errors import bare_not_found, json_response
from leastway.api.requests import Endpoint, application_of, endpoint
from leastway.api.threads import in_thread
from leastway.registry import DeploymentSet, read_delta
from leastway.resolve import RequestedResource, read_request
from leastway.service import Caller, Server, sets

__all__ = ["ROUTES"]


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(sets.read_sets, server, caller, *application_of(request))
    return json_response([_shown(one) for one in found])


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    source = request.query_params.get("diff")
    if source is not None:
        return await _compared(request, server, caller, source)
    return json_response(_shown(await in_thread(sets.read_set, server, caller, *_set(request))))


async def _compare(request: Request, server: Server, caller: Caller) -> Response:
    return await _compared(request, server, caller, request.path_params["source_set"])


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    delta = read_delta(await read_any(request))
    created = await in_thread(sets.create_set, server, caller, *_set(request), delta)
    return json_response(created.id)


async def _resources(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(sets.read_set, server, caller, *_set(request))
    requested = read_request({"modules": found.modules, "shared": found.shared})
    return json_response([_input(one) for one in requested])


def _route(path: str, method: str, answer: Endpoint) -> Any:
    return endpoint(f"/orgs/{{org}}/apps/{{app}}/sets{path}", method, answer, answer_not_found=bare_not_found)


ROUTES: Final = (
    _route("", "GET", _list),
    _route("/{set}", "GET", _show),
    _route("/{set}", "POST", _create),
    _route("/{set}/diff/{source_set}", "GET", _compare),
    _route("/{set}/resources", "GET", _resources),
)


async def _compared(request: Request, server: Server, caller: Caller, source: str) -> Response:
    delta = await in_thread(sets.compare_sets, server, caller, *_set(request), source)
    return json_response(delta.as_json())


def _set(request: Request) -> tuple[str, str, str]:
    return (*application_of(request), request.path_params["set"])


def _shown(one: DeploymentSet) -> dict[str, object]:
    return {"id": one.id, "modules": one.modules, "shared": one.shared, "version": 0}


def _input(one: RequestedResource) -> dict[str, object]:
    return {"id": one.key.id, "type": one.key.type, "class": one.key.resource_class, "resource": dict(one.params)}
