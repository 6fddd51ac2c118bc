"""Applications and environments: `/orgs/{org}/apps` and `/orgs/{org}/apps/{app}/envs`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import application_of, endpoint, environment_of
from leastway.api.routes.deployments import deployment_json
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.registry import FIRST_ENVIRONMENT_TYPE, Deployment, Environment
from leastway.service import Caller, Server, applications, environments
from leastway.service.applications import FIRST_ENVIRONMENT, KnownApplication, NewEnvironment

__all__ = ["ROUTES"]


class _FirstEnvironment(msgspec.Struct):
    id: str
    name: str
    type: str


class _NewApplication(msgspec.Struct):
    id: str
    name: str
    env: _FirstEnvironment | None = None
    skip_environment_creation: bool = False


class _ApplicationName(msgspec.Struct):
    name: str


class _NewEnvironment(msgspec.Struct):
    id: str
    name: str
    type: str = FIRST_ENVIRONMENT_TYPE
    from_deploy_id: str | None = None


class _EnvironmentName(msgspec.Struct):
    name: str | None = None


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(applications.read_applications, server, caller, request.path_params["org"])
    return json_response([_shown(one) for one in found])


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(applications.read_application, server, caller, *application_of(request))
    return json_response(_shown(found))


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewApplication)
    environment: NewEnvironment | None = FIRST_ENVIRONMENT
    if body.env is not None:
        environment = NewEnvironment(body.env.id, body.env.name, body.env.type, "env.")
    if body.skip_environment_creation:
        environment = None
    created = await in_thread(
        applications.create_application,
        server,
        caller,
        request.path_params["org"],
        identifier=body.id,
        name=body.name,
        environment=environment,
    )
    return json_response(_shown(created), HTTPStatus.CREATED)


async def _rename(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _ApplicationName)
    renamed = await in_thread(applications.rename_application, server, caller, *application_of(request), body.name)
    return json_response(_shown(renamed))


async def _delete(request: Request, server: Server, caller: Caller) -> Response:
    await in_thread(applications.delete_application, server, caller, *application_of(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _list_environments(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(environments.read_environments, server, caller, *application_of(request))
    return json_response(await _shown_environments(server, *found))


async def _show_environment(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(environments.read_environment, server, caller, *environment_of(request))
    return json_response((await _shown_environments(server, found))[0])


async def _create_environment(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewEnvironment)
    new = NewEnvironment(body.id, body.name, body.type)
    created = await in_thread(
        environments.create_environment, server, caller, *application_of(request), new, body.from_deploy_id
    )
    return json_response((await _shown_environments(server, created))[0], HTTPStatus.CREATED)


async def _rename_environment(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _EnvironmentName)
    renamed = await in_thread(environments.rename_environment, server, caller, *environment_of(request), body.name)
    return json_response((await _shown_environments(server, renamed))[0])


async def _delete_environment(request: Request, server: Server, caller: Caller) -> Response:
    await in_thread(environments.delete_environment, server, caller, *environment_of(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _rebase_environment(request: Request, server: Server, caller: Caller) -> Response:
    deployment = await read_body(request, str)
    await in_thread(environments.rebase_environment, server, caller, *environment_of(request), deployment)
    return Response(status_code=HTTPStatus.NO_CONTENT)


_ONE: Final = "/orgs/{org}/apps/{app}"
_ENVIRONMENT: Final = f"{_ONE}/envs/{{env}}"

ROUTES: Final = (
    endpoint("/orgs/{org}/apps", "GET", _list),
    endpoint("/orgs/{org}/apps", "POST", _create),
    endpoint(_ONE, "GET", _show),
    endpoint(_ONE, "PATCH", _rename),
    endpoint(_ONE, "DELETE", _delete),
    endpoint(f"{_ONE}/envs", "GET", _list_environments),
    endpoint(f"{_ONE}/envs", "POST", _create_environment),
    endpoint(_ENVIRONMENT, "GET", _show_environment),
    endpoint(_ENVIRONMENT, "PATCH", _rename_environment),
    endpoint(_ENVIRONMENT, "DELETE", _delete_environment),
    endpoint(f"{_ENVIRONMENT}/from_deploy_id", "PUT", _rebase_environment),
)


def _shown(known: KnownApplication) -> dict[str, object]:
    application = known.application
    created_at = write_time(application.created_at)
    return {
        "id": application.id,
        "name": application.name,
        "org_id": application.organization,
        "envs": [{"id": one.id, "name": one.name, "type": one.type} for one in known.environments],
        "created_at": created_at,
        "created_by": application.created_by,
        "status": "active",
        "status_changed_at": created_at,
    }


async def _shown_environments(server: Server, *found: Environment) -> list[dict[str, object]]:
    return [_shown_environment(*one) for one in await in_thread(environments.read_based_on, server, found)]


def _shown_environment(
    environment: Environment, based_on: Deployment | None, last: Deployment | None
) -> dict[str, object]:
    created_at = write_time(environment.created_at)
    deployments = {"from_deploy": based_on, "last_deploy": last}
    return {
        **{name: deployment_json(one) for name, one in deployments.items() if one is not None},
        "id": environment.id,
        "name": environment.name,
        "type": environment.type,
        "created_at": created_at,
        "created_by": environment.created_by,
        "status": "active",
        "status_changed_at": created_at,
    }
