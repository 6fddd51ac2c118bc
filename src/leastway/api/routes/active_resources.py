"""Active resources and dependency graphs: `/orgs/{org}/apps/{app}/envs/{env}/resources`.

Where a resource is active in several classes, the type in the path of a deletion or a pin may name one: `s3.public`.
The type of an organization's own has a slash, `acme/queue`, and so may an id.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.queries import boolean
from leastway.api.requests import endpoint, environment_of
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.registry import ActiveResource, DependencyGraph
from leastway.service import Caller, Server, active_resources

__all__ = ["ROUTES", "graph_json", "resource_json"]


class _Target(msgspec.Struct):
    target_def_version_id: str | None


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    scheduled = boolean(request, "scheduled_deletion") if "scheduled_deletion" in request.query_params else None
    read = active_resources.read_active_resources
    found = await in_thread(read, server, caller, *environment_of(request))
    return json_response(
        [
            resource_json(found.environment_type, one, found.why_not_deleted.get(one.guresid))
            for one in found.resources
            if scheduled is None or one.is_scheduled_for_deletion is scheduled
        ]
    )


async def _delete(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    is_gone = await in_thread(
        active_resources.delete_active_resource,
        server,
        caller,
        *environment_of(request),
        f"{path['type']}/{path['resource']}",
        detach=boolean(request, "detach"),
    )
    return Response(status_code=HTTPStatus.NO_CONTENT if is_gone else HTTPStatus.ACCEPTED)


async def _pin(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, _Target)
    pin = active_resources.pin_active_resource
    resource = f"{path['type']}/{path['resource']}"
    pinned = await in_thread(pin, server, caller, *environment_of(request), resource, body.target_def_version_id)
    return json_response(resource_json(*pinned))


async def _show_graph(request: Request, server: Server, caller: Caller) -> Response:
    graph = request.path_params["graph"]
    return json_response(
        graph_json(await in_thread(active_resources.read_graph, server, caller, *environment_of(request), graph))
    )


_RESOURCES: Final = "/orgs/{org}/apps/{app}/envs/{env}/resources"

ROUTES: Final = (
    endpoint(_RESOURCES, "GET", _list),
    endpoint(f"{_RESOURCES}/graphs/{{graph}}", "GET", _show_graph),
    endpoint(f"{_RESOURCES}/{{type:path}}/{{resource}}", "DELETE", _delete),
    endpoint(f"{_RESOURCES}/{{type:path}}/{{resource}}/actions/pin", "POST", _pin),
)


def resource_json(
    environment_type: str, resource: ActiveResource, why_not_deleted: str | None = None
) -> dict[str, object]:
    """Return an active resource of an environment of that type, and why its destruction failed."""
    shown = {
        "org_id": resource.organization,
        "app_id": resource.application,
        "env_id": resource.environment,
        "env_type": environment_type,
        "type": resource.type,
        "class": resource.resource_class,
        "res_id": resource.id,
        "gu_res_id": resource.guresid,
        "def_id": resource.definition,
        "def_version_id": resource.definition_version,
        "target_def_version_id": resource.target_version,
        "criteria_id": resource.criterion,
        "driver_type": resource.driver,
        "driver_account": resource.account,
        "deploy_id": resource.deployment,
        "resource": resource.outputs,
        "secret_refs": resource.secret_refs,
        "scheduled_deletion": resource.is_scheduled_for_deletion,
        "status": resource.status.value,
        "status_reason": why_not_deleted,
        "updated_at": write_time(resource.updated_at),
    }
    return {name: value for name, value in shown.items() if value is not None}


def graph_json(graph: DependencyGraph) -> dict[str, object]:
    """Return a graph in the form of the API."""
    return {
        "id": graph.id,
        "hash": graph.hash,
        "nodes": graph.nodes,
        "created_at": write_time(graph.created_at),
        "used_at": write_time(graph.used_at),
    }
