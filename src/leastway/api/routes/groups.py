"""Groups of an identity provider: `/orgs/{org}/groups`. A group is also a user of `/orgs/{org}/users`."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.routes.users import role_name, role_of
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.service import Caller, Server, groups
from leastway.tenants import Permission

__all__ = ["ROUTES"]


class _NewGroup(msgspec.Struct):
    group_id: str
    idp_id: str
    role: str


async def _add(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewGroup)
    group = await in_thread(
        groups.add_group,
        server,
        caller,
        request.path_params["org"],
        name=body.group_id,
        provider=body.idp_id,
        role=role_of(body.role),
    )
    return json_response(
        {
            "id": group.id,
            "group_id": group.name,
            "idp_id": group.idp_id,
            "role": role_name(group.role),
            "created_at": write_time(group.created_at),
        }
    )


async def _list_members(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    await in_thread(groups.require_group, server, caller, path["org"], path["group"])
    return json_response([])


async def _list_groups_of_user(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    await in_thread(groups.require_member, server, caller, path["org"], path["user"])
    return json_response([])


ROUTES: Final = (
    endpoint("/orgs/{org}/groups", "POST", _add, permission=Permission.OWN),
    endpoint("/orgs/{org}/groups/{group}/users", "GET", _list_members),
    endpoint("/orgs/{org}/users/{user}/groups", "GET", _list_groups_of_user),
)
