"""The roles that an account may assume in addition to its own: `/orgs/{org}/resources/accounts/{account}/roles`."""

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
from leastway.errors import InvalidInputError
from leastway.service import Caller, Server, account_roles
from leastway.sessions import DEFAULT_SESSION_NAME, LONGEST_CHAINED, AllowedRole

__all__ = ["ROUTES"]


class _Role(msgspec.Struct):
    role: str
    external_id: str | None = None
    session_name: str = DEFAULT_SESSION_NAME
    duration: int = LONGEST_CHAINED
    definition: str | None = None


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    found = await in_thread(account_roles.read_roles, server, caller, path["org"], path["account"])
    return json_response([_shown(one) for one in found])


async def _add(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, _Role)
    role = AllowedRole(body.role, body.external_id, body.session_name, body.duration, body.definition or None)
    await in_thread(account_roles.add_role, server, caller, path["org"], path["account"], role)
    return json_response(_shown(role))


async def _remove(request: Request, server: Server, caller: Caller) -> Response:
    path, query = request.path_params, request.query_params
    if "role" not in query:
        raise InvalidInputError("it is missing", where="role", fix="give the role's ARN as a query parameter")
    arguments = (path["org"], path["account"], query["role"], query.get("definition"))
    await in_thread(account_roles.remove_role, server, caller, *arguments)
    return Response(status_code=HTTPStatus.NO_CONTENT)


_ROLES: Final = "/orgs/{org}/resources/accounts/{account}/roles"

ROUTES: Final = (
    endpoint(_ROLES, "GET", _list),
    endpoint(_ROLES, "POST", _add),
    endpoint(_ROLES, "DELETE", _remove),
)


def _shown(role: AllowedRole) -> dict[str, object]:
    return {
        "role": role.arn,
        "external_id": role.external_id,
        "session_name": role.session_name,
        "duration": role.duration,
        "definition": role.definition,
    }
