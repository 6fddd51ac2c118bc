"""People with passwords, which Humanitec's API does not have.

The paths are `/sign-in`, `/orgs/{org}/people` and `/current-user/password`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import called_by, endpoint, open_endpoint
from leastway.api.routes.users import role_of, short_text, shown_user
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.primitives import Secret
from leastway.service import Caller, Server, signing_in
from leastway.tenants import Permission

__all__ = ["ROUTES"]


class _SignIn(msgspec.Struct):
    organization: str
    email: str
    password: str


class _NewPerson(msgspec.Struct):
    name: str
    email: str
    role: str
    password: str


class _NewPassword(msgspec.Struct):
    old: str
    new: str


async def _sign_in(request: Request, server: Server) -> Response:
    body = await read_body(request, _SignIn)
    signed_in = await in_thread(
        signing_in.sign_in, server, called_by(request), body.organization, body.email, Secret(body.password)
    )
    return json_response({"token": signed_in.token.reveal(), "expires_at": write_time(signed_in.expires_at)})


async def _add_person(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewPerson)
    user = await in_thread(
        signing_in.add_person,
        server,
        caller,
        request.path_params["org"],
        name=short_text("name", body.name),
        email=body.email,
        role=role_of(body.role),
        password=Secret(body.password),
    )
    return json_response(shown_user(user))


async def _change_password(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewPassword)
    await in_thread(signing_in.change_password, server, caller, Secret(body.old), Secret(body.new))
    return Response(status_code=HTTPStatus.NO_CONTENT)


ROUTES: Final = (
    open_endpoint("/sign-in", "POST", _sign_in),
    endpoint("/orgs/{org}/people", "POST", _add_person, permission=Permission.OWN),
    endpoint("/current-user/password", "PUT", _change_password, permission=Permission.READ),
)
