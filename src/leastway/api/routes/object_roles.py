"""Roles on one application or environment type: the `users` of `apps/{app}` and `env-types/{env_type}`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.routes.users import profile
from leastway.api.threads import in_thread
from leastway.errors import InvalidInputError
from leastway.service import Caller, Server, object_roles
from leastway.service.object_roles import RoleHolder
from leastway.tenants import ROLES_ON, ObjectKind, ObjectRole, Permission

__all__ = ["ROUTES"]


class _NewRole(msgspec.Struct):
    id: str
    role: str


class _Role(msgspec.Struct):
    role: str


def _routes(kind: ObjectKind, path: str, parameter: str) -> tuple[Route, ...]:
    def place(request: Request) -> tuple[str, ObjectKind, str]:
        return request.path_params["org"], kind, request.path_params[parameter]

    async def list_holders(request: Request, server: Server, caller: Caller) -> Response:
        found = await in_thread(object_roles.read_holders, server, caller, *place(request))
        return json_response([_shown(one) for one in found])

    async def show(request: Request, server: Server, caller: Caller) -> Response:
        user = request.path_params["user"]
        return json_response(_shown(await in_thread(object_roles.read_holder, server, caller, *place(request), user)))

    async def give(request: Request, server: Server, caller: Caller) -> Response:
        body = await read_body(request, _NewRole)
        role = _role(kind, body.role)
        given = await in_thread(object_roles.give_role, server, caller, *place(request), body.id, role)
        return json_response(_shown(given))

    async def change(request: Request, server: Server, caller: Caller) -> Response:
        body = await read_body(request, _Role)
        role, user = _role(kind, body.role), request.path_params["user"]
        changed = await in_thread(object_roles.change_role_on, server, caller, *place(request), user, role)
        return json_response(_shown(changed))

    async def take(request: Request, server: Server, caller: Caller) -> Response:
        await in_thread(object_roles.take_role, server, caller, *place(request), request.path_params["user"])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return (
        endpoint(path, "GET", list_holders),
        endpoint(path, "POST", give, permission=Permission.OWN),
        endpoint(f"{path}/{{user}}", "GET", show),
        endpoint(f"{path}/{{user}}", "PATCH", change, permission=Permission.OWN),
        endpoint(f"{path}/{{user}}", "DELETE", take, permission=Permission.OWN),
    )


ROUTES: Final = (
    *_routes(ObjectKind.APPLICATION, "/orgs/{org}/apps/{app}/users", "app"),
    *_routes(ObjectKind.ENVIRONMENT_TYPE, "/orgs/{org}/env-types/{env_type}/users", "env_type"),
)


def _role(kind: ObjectKind, name: str) -> ObjectRole:
    for role in ROLES_ON[kind]:
        if role.value == name:
            return role
    names = ", ".join(role.value for role in ROLES_ON[kind])
    raise InvalidInputError("unknown role", where="role", fix=f"use one of {names}")


def _shown(holder: RoleHolder) -> dict[str, object]:
    return {**profile(holder.user), "role": holder.role.value}
