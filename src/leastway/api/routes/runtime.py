"""What runs of an environment, and whether its cluster can be reached: `/runtime`, in both forms of Humanitec's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import application_of, endpoint, environment_of
from leastway.api.threads import in_thread
from leastway.kube.deploying import ContainerRuntime, PodRuntime, RuntimeStatus, WorkloadRuntime
from leastway.registry import DEFAULT_PROFILE
from leastway.resolve import ResolvedResource
from leastway.service import Caller, Server, runtime

__all__ = ["ROUTES"]

_V2: Final = "application/v2+json"
_CLASSES: Final = {
    RuntimeStatus.RUNNING: "Success",
    RuntimeStatus.STARTING: "Warning",
    RuntimeStatus.FAILED: "Failure",
    RuntimeStatus.STOPPED: "Stopped",
}
_STATUS: Final = {True: "True", False: "False", None: "Unknown"}


class _Expected(msgspec.Struct):
    type: str
    id: str


class _Check(msgspec.Struct):
    app_id: str
    env_id: str
    env_type: str
    expected_definitions: list[_Expected] = []


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(runtime.read_environment_runtime, server, caller, *environment_of(request))
    if _V2 not in request.headers.get("accept", ""):
        modules: dict[str, Any] = {}
        for one in found.workloads:
            module = modules.setdefault(one.workload, {"profile": DEFAULT_PROFILE, "spec": {}, "externals": {}})
            module[one.name] = _controller(one, _CLASSES[one.status])
        return json_response({"namespace": found.namespace, "modules": modules})
    shown: dict[str, Any] = {}
    for one in found.workloads:
        module = shown.setdefault(one.workload, {"controllers": {}, "statuses": []})
        module["controllers"][one.name] = _controller(one, one.status.value)
        module["statuses"].append(one.status)
    body = {"namespace": found.namespace, "modules": {name: _module(one) for name, one in shown.items()}}
    response = json_response(body)
    response.headers["Content-Type"] = _V2
    return response


async def _statuses(request: Request, server: Server, caller: Caller) -> Response:
    wanted = request.query_params.getlist("id")
    found = await in_thread(runtime.read_statuses, server, caller, *application_of(request), wanted)
    return json_response(
        [
            {"id": environment, "paused": False, "error": error}
            if error
            else {"id": environment, "paused": False, "status": _CLASSES[status] if status is not None else "Unknown"}
            for environment, status, error in found
        ]
    )


async def _check(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Check)
    expected = [(one.type, one.id) for one in body.expected_definitions]
    organization = request.path_params["org"]
    call = runtime.check_connectivity
    found = await in_thread(call, server, caller, organization, body.app_id, body.env_id, body.env_type, expected)
    return json_response(
        {
            "success": found.is_successful,
            "conditions": [
                {"type": one.type, "status": _STATUS[one.holds], "message": one.message} for one in found.conditions
            ],
            "resource_summaries": [_summary(one, found.resources) for one in found.resources],
        }
    )


_ENVIRONMENT: Final = "/orgs/{org}/apps/{app}/envs/{env}"

ROUTES: Final = (
    endpoint(f"{_ENVIRONMENT}/runtime", "GET", _show),
    endpoint("/orgs/{org}/apps/{app}/runtime", "GET", _statuses),
    endpoint("/orgs/{org}/runtime/actions/check-connectivity", "POST", _check),
)


def _module(one: Mapping[str, Any]) -> dict[str, Any]:
    order = (RuntimeStatus.FAILED, RuntimeStatus.STARTING, RuntimeStatus.RUNNING, RuntimeStatus.STOPPED)
    worst = next(each for each in order if each in one["statuses"])
    return {"status": worst.value, "status_class": _CLASSES[worst], "controllers": one["controllers"]}


def _controller(one: WorkloadRuntime, status: str) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "replicas": one.replicas,
        "status": status,
        "message": one.message,
        "revision": one.revision,
        "pods": [_pod(pod) for pod in one.pods],
    }


def _pod(pod: PodRuntime) -> dict[str, Any]:
    are_ready = bool(pod.containers) and all(one.is_ready for one in pod.containers)
    if pod.phase == "Failed" or any(one.is_broken for one in pod.containers):
        status = "Failure"
    elif pod.phase == "Succeeded" or (pod.phase == "Running" and are_ready):
        status = "Success"
    else:
        status = "Pending" if pod.phase in ("Pending", "Running") else "Unknown"
    return {
        "podName": pod.name,
        "revision": pod.revision or 0,
        "phase": pod.phase,
        "status": status,
        "containerStatuses": [_container(one) for one in pod.containers],
    }


def _container(one: ContainerRuntime) -> dict[str, Any]:
    is_ended = "terminated" in one.state
    if one.is_broken:
        status = "Failure"
    elif one.is_ready:
        status = "Success"
    else:
        status = "Unknown" if is_ended or not one.state else "Pending"
    return {
        "name": one.name,
        "ready": one.is_ready,
        "restart_count": one.restarts,
        "restartCount": one.restarts,  # the description has one name in the schema, and requires the other
        "status": status,
        "state": {name: _state(value) for name, value in one.state.items() if isinstance(value, Mapping)},
    }


_STATE: Final = {
    "reason": "reason",
    "message": "message",
    "startedAt": "started_at",
    "finishedAt": "finished_at",
    "exitCode": "exit_code",
    "signal": "signal",
    "containerID": "container_id",
}


def _state(value: Mapping[str, Any]) -> dict[str, Any]:
    return {_STATE[name]: each for name, each in value.items() if name in _STATE and isinstance(each, str | int)}


def _summary(one: ResolvedResource, resources: tuple[ResolvedResource, ...]) -> dict[str, Any]:
    guresids = {each.key: each.guresid for each in resources}
    definition = one.definition
    return {
        "type": one.key.type,
        "class": one.key.resource_class,
        "res_id": one.key.id,
        "gu_res_id": one.guresid,
        "def_id": definition.id if definition is not None else "",
        "def_version_id": definition.version if definition is not None else "",
        "driver_type": definition.driver if definition is not None else "",
        "depends_on": sorted(guresids[key] for key in one.dependencies if key in guresids),
    }
