"""Environment types: `/orgs/{org}/env-types`. The 409 of a type in use is an array of its environments."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.registry import EnvironmentType
from leastway.service import Caller, Server, environment_types
from leastway.service.environment_types import HasEnvironmentsError

__all__ = ["ROUTES"]


class _NewType(msgspec.Struct):
    id: str
    description: str = ""


class _Description(msgspec.Struct):
    description: str | None = None


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(environment_types.read_environment_types, server, caller, request.path_params["org"])
    return json_response([_shown(one) for one in found])


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    return json_response(
        _shown(await in_thread(environment_types.read_environment_type, server, caller, *_type(request)))
    )


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewType)
    create = environment_types.create_environment_type
    created = await in_thread(create, server, caller, request.path_params["org"], body.id, body.description)
    return json_response(_shown(created), HTTPStatus.CREATED)


async def _describe(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Description)
    describe = environment_types.describe_environment_type
    return json_response(_shown(await in_thread(describe, server, caller, *_type(request), body.description)))


async def _delete(request: Request, server: Server, caller: Caller) -> Response:
    try:
        await in_thread(environment_types.delete_environment_type, server, caller, *_type(request))
    except HasEnvironmentsError as error:
        environments = [{"app_id": one.application, "env_id": one.id} for one in error.environments]
        return json_response(environments, HTTPStatus.CONFLICT)
    return Response(status_code=HTTPStatus.NO_CONTENT)


_TYPES: Final = "/orgs/{org}/env-types"

ROUTES: Final = (
    endpoint(_TYPES, "GET", _list),
    endpoint(_TYPES, "POST", _create),
    endpoint(f"{_TYPES}/{{env_type}}", "GET", _show),
    endpoint(f"{_TYPES}/{{env_type}}", "PATCH", _describe),
    endpoint(f"{_TYPES}/{{env_type}}", "DELETE", _delete),
)


def _type(request: Request) -> tuple[str, str]:
    return request.path_params["org"], request.path_params["env_type"]


def _shown(kind: EnvironmentType) -> dict[str, object]:
    return {"id": kind.id, "description": kind.description}
