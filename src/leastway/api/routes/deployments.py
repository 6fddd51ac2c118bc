"""Deployments: `/orgs/{org}/apps/{app}/envs/{env}/deploys`.

Humanitec's API has neither `dry_run` in the body, nor a log, nor `actions/abort`: docs/deployments.md describes them.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.following import follow, line_number
from leastway.api.requests import endpoint, environment_of
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.errors import InvalidInputError
from leastway.registry import Deployment, DeploymentError
from leastway.service import Caller, Server, deployments

__all__ = ["ROUTES", "deployment_json"]


class _New(msgspec.Struct, kw_only=True):
    delta_id: str | None = None
    set_id: str | None = None
    comment: str = ""
    mode: str = "full"
    pipeline: Any = None
    value_set_version_id: str | None = None
    dry_run: bool = False


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    if request.query_params.get("pipelineRunId"):
        raise InvalidInputError("pipelines are not served", where="pipelineRunId", fix="leave it out")
    found = await in_thread(deployments.read_deployments, server, caller, *environment_of(request))
    return json_response([deployment_json(one) for one in found])


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _New)
    if body.pipeline is not None:
        raise InvalidInputError("pipelines are not served", where="pipeline", fix="leave it out")
    if body.mode != "full":
        what = "deployments of the mode incremental are not served" if body.mode == "incremental" else "unknown mode"
        raise InvalidInputError(what, where="mode", fix="use full, or leave it out")
    if body.value_set_version_id:
        what = "app values are not served"
        raise InvalidInputError(what, where="value_set_version_id", fix="use outputs of a resource definition instead")
    wanted = deployments.WantedDeployment(
        delta=body.delta_id or None, set_id=body.set_id or None, comment=body.comment, is_dry_run=body.dry_run
    )
    made = await in_thread(deployments.create_deployment, server, caller, *environment_of(request), wanted)
    return json_response(deployment_json(made), HTTPStatus.CREATED)


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    return json_response(deployment_json(await in_thread(deployments.read_deployment, server, caller, *_one(request))))


async def _errors(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(deployments.read_errors, server, caller, *_one(request))
    return json_response([_error(one) for one in found])


async def _log(request: Request, server: Server, caller: Caller) -> Response:
    async def read(caller: Caller, after: int) -> tuple[Deployment, Any]:
        return await in_thread(deployments.read_deployment_lines, server, caller, *_one(request), after)

    def end(deployment: Deployment) -> dict[str, object] | None:
        if not deployment.status.is_end:
            return None
        error = "; ".join(one.message for one in deployment.errors) or None
        return {"status": deployment.status.value, "error": error}

    return await follow(request, caller, read, end, line_number(request))


async def _abort(request: Request, server: Server, caller: Caller) -> Response:
    aborted = await in_thread(deployments.abort_deployment, server, caller, *_one(request))
    return json_response(deployment_json(aborted))


_DEPLOYS: Final = "/orgs/{org}/apps/{app}/envs/{env}/deploys"
_ONE: Final = f"{_DEPLOYS}/{{deploy}}"

ROUTES: Final = (
    endpoint(_DEPLOYS, "GET", _list),
    endpoint(_DEPLOYS, "POST", _create),
    endpoint(_ONE, "GET", _show),
    endpoint(f"{_ONE}/errors", "GET", _errors),
    endpoint(f"{_ONE}/log", "GET", _log),
    endpoint(f"{_ONE}/actions/abort", "POST", _abort),
)


def deployment_json(deployment: Deployment) -> dict[str, object]:
    """Return a deployment in the form of the API, with the members of ours that it needs."""
    shown: dict[str, object] = {
        "id": deployment.id,
        "env_id": deployment.environment,
        "set_id": deployment.set_id,
        "from_id": deployment.from_id or "",
        "comment": deployment.comment,
        "status": deployment.status.value,
        "status_changed_at": write_time(deployment.status_changed_at),
        "created_at": write_time(deployment.created_at),
        "created_by": deployment.created_by,
        "mode": "full",
        "legacy_mode": True,
        "export_file": "",
        "export_status": "",
    }
    optional = {
        "delta_id": deployment.delta_id,
        "dependency_graph_id": deployment.graph,
        "phase": None if deployment.phase is None else deployment.phase.value,
        "aborted_by": deployment.aborted_by,
        "dry_run": deployment.is_dry_run or None,
    }
    return shown | {name: value for name, value in optional.items() if value is not None}


def _error(error: DeploymentError) -> dict[str, str]:
    return {
        "scope": error.scope,
        "object_id": error.object_id,
        "code": error.code,
        "summary": error.summary,
        "message": error.message,
        "error_type": error.error_type,
    }


def _one(request: Request) -> tuple[str, str, str, str]:
    return (*environment_of(request), request.path_params["deploy"])
