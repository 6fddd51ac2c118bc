"""Cloud accounts: `/orgs/{org}/resources/accounts`, and `/orgs/{org}/resources/account-types`.

Credentials are never in an answer. An account that is in use is refused with 409 where Humanitec's description says
400: its Terraform provider waits for 409, and gives up at 400.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.queries import boolean
from leastway.api.requests import endpoint, list_in_parts
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.registry import ACCOUNT_TYPES, ActiveResource
from leastway.service import Caller, Server, accounts
from leastway.service.accounts import InUseError, KnownAccount
from leastway.service.key_rotation import SOAK
from leastway.service.rotation import read_rotation, roll_back_account
from leastway.tenants import Permission

__all__ = ["ROUTES"]


class _NewAccount(msgspec.Struct):
    id: str
    name: str
    type: str
    credentials: dict[str, Any]


class _Change(msgspec.Struct):
    name: str | None = None
    credentials: dict[str, Any] | None = None


async def _types(request: Request, _server: Server, caller: Caller) -> Response:
    caller.need(Permission.READ, request.path_params["org"])
    types = [
        {
            "type": each.type,
            "name": each.name,
            "inputs_schema": each.inputs_schema,
            "outputs_schema": each.outputs_schema,
        }
        for each in ACCOUNT_TYPES.values()
    ]
    return json_response(types)


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    return await list_in_parts(accounts.read_accounts(server, caller, request.path_params["org"]), _shown)


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    return json_response(_shown(await in_thread(accounts.read_account, server, caller, path["org"], path["account"])))


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewAccount)
    created = await in_thread(
        accounts.create_account,
        server,
        caller,
        request.path_params["org"],
        identifier=body.id,
        name=body.name,
        type_id=body.type,
        credentials=body.credentials,
        **_options(request),
    )
    return _kept(created)


async def _update(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, _Change)
    changed = await in_thread(
        accounts.update_account,
        server,
        caller,
        path["org"],
        path["account"],
        name=body.name,
        credentials=body.credentials,
        **_options(request),
    )
    return _kept(changed)


async def _delete(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    try:
        await in_thread(accounts.delete_account, server, caller, path["org"], path["account"])
    except InUseError as error:
        needed = {
            "resource_definitions": [{"id": identifier} for identifier in error.definitions],
            "active_resources": [_needing(one) for one in error.resources],
        }
        details = {"referencing_resources": {kind: some for kind, some in needed.items() if some}}
        body = {"error": "conflict", "message": f"{error.what}; {error.fix}", "details": details}
        return json_response(body, HTTPStatus.CONFLICT)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _needing(resource: ActiveResource) -> dict[str, object]:
    """Return the members of an active resource that say which it is."""
    return {
        "app_id": resource.application,
        "env_id": resource.environment,
        "type": resource.type,
        "class": resource.resource_class,
        "res_id": resource.id,
        "gu_res_id": resource.guresid,
        "def_id": resource.definition,
    }


async def _roll_back(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    return _kept(await in_thread(roll_back_account, server, caller, path["org"], path["account"]))


async def _rotation(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    found = await in_thread(read_rotation, server, caller, path["org"], path["account"])
    places = [
        {"place": place, "has_new_key": not why, **({"message": why} if why else {})}
        for place, why in (found.places or {}).items()
    ]
    shown = {
        "account": found.account,
        "version": found.version,
        "version_before": found.version_before,
        "state": found.state,
        "began_at": write_time(found.began_at),
        "began_by": found.began_by,
        "forgets_at": write_time(found.began_at + SOAK),
        "places": places,
    }
    return json_response(shown)


async def _check(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    passed = await in_thread(accounts.check_account, server, caller, path["org"], path["account"])
    fields = [{"id": each.id, "description": each.description, "value": each.value} for each in passed.identity]
    return json_response({"identity_fields": fields, "warnings": list(passed.warnings)})


_ACCOUNTS: Final = "/orgs/{org}/resources/accounts"

ROUTES: Final = (
    endpoint("/orgs/{org}/resources/account-types", "GET", _types),
    endpoint(_ACCOUNTS, "GET", _list),
    endpoint(_ACCOUNTS, "POST", _create),
    endpoint(f"{_ACCOUNTS}/{{account}}", "GET", _show),
    endpoint(f"{_ACCOUNTS}/{{account}}", "PATCH", _update),
    endpoint(f"{_ACCOUNTS}/{{account}}", "DELETE", _delete),
    endpoint(f"{_ACCOUNTS}/{{account}}/actions/check", "POST", _check),
    endpoint(f"{_ACCOUNTS}/{{account}}/actions/rollback", "POST", _roll_back),
    endpoint(f"{_ACCOUNTS}/{{account}}/rotation", "GET", _rotation),
)


def _shown(known: KnownAccount) -> dict[str, object]:
    account = known.account
    return {
        "id": account.id,
        "name": account.name,
        "type": account.type,
        "is_used": known.is_used,
        "created_by": account.created_by,
        "created_at": write_time(account.created_at),
    }


def _kept(known: KnownAccount | None) -> Response:
    """Return the account, or 204 where a dry run kept nothing."""
    return Response(status_code=HTTPStatus.NO_CONTENT) if known is None else json_response(_shown(known))


def _options(request: Request) -> dict[str, bool]:
    return {"dry_run": boolean(request, "dry_run"), "check": boolean(request, "check_credential")}
