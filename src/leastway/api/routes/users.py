"""Users and tokens: `/current-user`, `/orgs/{org}/users`, `/users/{user}/tokens`.

Humanitec's names of roles are translated: administrator is an owner, manager an operator, member a viewer.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import Authenticate, endpoint
from leastway.api.threads import in_thread
from leastway.api.times import read_time, write_time
from leastway.errors import InvalidInputError
from leastway.service import Caller, Server, people
from leastway.tenants import Permission, Role, Token, User

__all__ = ["ROUTES", "profile", "role_name", "role_of", "short_text", "shown_user"]

_ROLES: Final = {"administrator": Role.OWNER, "manager": Role.OPERATOR, "member": Role.VIEWER}
_NAMES: Final = {role: name for name, role in _ROLES.items()}
_LONGEST: Final = 100


class _NewServiceUser(msgspec.Struct):
    name: str
    role: str
    email: str | None = None


class _NewRole(msgspec.Struct):
    role: str


class _NewToken(msgspec.Struct):
    id: str
    type: str = "static"
    description: str = ""
    expires_at: str | None = None
    accounts: list[str] | None = None


async def _current_user(_request: Request, _server: Server, caller: Caller) -> Response:
    user = caller.user
    roles = {f"/orgs/{user.organization}": _NAMES[user.role]}
    return json_response({**profile(user), "properties": {}, "roles": roles})


async def _list_users(request: Request, server: Server, caller: Caller) -> Response:
    users = await in_thread(people.read_users, server, caller, request.path_params["org"])
    kind = request.query_params.get("type")
    return json_response([shown_user(user) for user in users if kind in {None, user.kind.value}])


async def _show_user(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    return json_response(shown_user(await in_thread(people.read_user, server, caller, path["org"], path["user"])))


async def _add_user(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewServiceUser)
    user = await in_thread(
        people.add_service_user,
        server,
        caller,
        request.path_params["org"],
        name=short_text("name", body.name),
        email=short_text("email", body.email) if body.email else None,  # the Terraform provider sends ""
        role=role_of(body.role),
    )
    return json_response(profile(user))


async def _change_role(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, _NewRole)
    user = await in_thread(people.change_role, server, caller, path["org"], path["user"], role_of(body.role))
    return json_response(shown_user(user))


async def _remove_user(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    await in_thread(people.remove_user, server, caller, path["org"], path["user"])
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _list_tokens(request: Request, server: Server, caller: Caller) -> Response:
    tokens = await in_thread(people.read_tokens, server, caller, request.path_params["user"])
    return json_response([_token(token) for token in tokens])


async def _show_token(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    return json_response(_token(await in_thread(people.read_token, server, caller, path["user"], path["token"])))


async def _add_token(request: Request, server: Server, caller: Caller) -> Response:
    people.need_tokens(caller, request.path_params["user"])
    body = await read_body(request, _NewToken)
    if body.type != "static":
        raise InvalidInputError("type: only static tokens exist", fix="send static")
    secret = await in_thread(
        people.add_token,
        server,
        caller,
        request.path_params["user"],
        identifier=short_text("id", body.id),
        description=short_text("description", body.description, empty=True),
        expires_at=None if body.expires_at is None else read_time("expires_at", body.expires_at),
        accounts=None if body.accounts is None else tuple(body.accounts),
    )
    return json_response({"token": secret.reveal(), "type": "static"})


async def _revoke_token(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    await in_thread(people.revoke_token, server, caller, path["user"], path["token"])
    return Response(status_code=HTTPStatus.NO_CONTENT)


ROUTES: Final = (
    endpoint("/current-user", "GET", _current_user, Authenticate.TO_STOP),  # `leastway kill` asks it first
    endpoint("/orgs/{org}/users", "GET", _list_users),
    endpoint("/orgs/{org}/users", "POST", _add_user, permission=Permission.OWN),
    endpoint("/orgs/{org}/users/{user}", "GET", _show_user),
    endpoint("/orgs/{org}/users/{user}", "PATCH", _change_role, permission=Permission.OWN),
    endpoint("/orgs/{org}/users/{user}", "DELETE", _remove_user, permission=Permission.OWN),
    endpoint("/users/{user}/tokens", "GET", _list_tokens),
    endpoint("/users/{user}/tokens", "POST", _add_token, permission=Permission.READ),
    endpoint("/users/{user}/tokens/{token}", "GET", _show_token),
    endpoint("/users/{user}/tokens/{token}", "DELETE", _revoke_token, permission=Permission.READ),
)


def profile(user: User) -> dict[str, object]:
    """Return a user or group as the API shows it, without a role."""
    shown: dict[str, object] = {
        "id": user.id,
        "name": user.name,
        "type": user.kind.value,
        "created_at": write_time(user.created_at),
    }
    if user.email is not None:
        shown["email"] = user.email
    if user.idp_id is not None:
        shown["idp_id"] = user.idp_id
    return shown


def shown_user(user: User) -> dict[str, object]:
    """Return a user as the API shows it, with the role."""
    return {**profile(user), "role": _NAMES[user.role]}


def _token(token: Token) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": token.id,
        "type": "static",
        "description": token.description,
        "created_at": write_time(token.created_at),
        "created_by": token.created_by,
    }
    if token.expires_at is not None:
        shown["expires_at"] = write_time(token.expires_at)
    return shown if token.accounts is None else {**shown, "accounts": list(token.accounts)}


def role_name(role: Role) -> str:
    """Return the name of a role in Humanitec's API."""
    return _NAMES[role]


def role_of(name: str) -> Role:
    """Return the role by its name in Humanitec's API. Errors: InvalidInputError."""
    if name not in _ROLES:
        raise InvalidInputError("role: unknown role", fix=f"use one of {', '.join(_ROLES)}")
    return _ROLES[name]


def short_text(field: str, text: str, *, empty: bool = False) -> str:
    """Return the text of a field, if it can be shown in one line. Errors: InvalidInputError."""
    if not empty and not text.strip():
        raise InvalidInputError(f"{field}: it is empty")
    if len(text) > _LONGEST or not text.isprintable():
        raise InvalidInputError(
            f"{field}: it is longer than {_LONGEST} characters, or has characters that do not print"
        )
    return text
