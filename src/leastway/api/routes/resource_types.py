"""Resource types, their classes, and drivers: below `/orgs/{org}/resources`.

An organization's own type is `ORG/NAME`; its slash may be sent as `%2F` or as it is.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.registry import ResourceClass, ResourceDriver, ResourceType
from leastway.service import Caller, Server, drivers, resource_types

__all__ = ["ROUTES"]


class _TypeChange(msgspec.Struct):
    use: str | None = None
    name: str | None = None
    category: str | None = None
    inputs_schema: dict[str, Any] | None = None
    outputs_schema: dict[str, Any] | None = None


class _ReplacedType(msgspec.Struct):
    use: str
    name: str | None = None
    category: str = ""
    inputs_schema: dict[str, Any] = {}
    outputs_schema: dict[str, Any] = {}


class _NewType(_ReplacedType, kw_only=True):
    type: str


class _NewClass(msgspec.Struct):
    id: str
    description: str


class _Description(msgspec.Struct):
    description: str


class _Driver(msgspec.Struct):
    type: str
    target: str
    inputs_schema: dict[str, Any]
    account_types: list[str]
    template: Any = None


class _NewDriver(_Driver, kw_only=True):
    id: str


async def _list_types(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(resource_types.read_types, server, caller, request.path_params["org"])
    return json_response([_shown_type(one) for one in found])


async def _create_type(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewType)
    given = ResourceType(
        body.type, body.name or body.type, body.use, body.category, body.inputs_schema, body.outputs_schema
    )
    org = request.path_params["org"]
    return json_response(_shown_type(await in_thread(resource_types.create_type, server, caller, org, given)))


async def _replace_type(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, _ReplacedType)
    changes = {**msgspec.structs.asdict(body), "name": body.name or path["type"]}
    return await _updated(server, caller, path, changes)


async def _change_type(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _TypeChange)
    changes = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not None}
    return await _updated(server, caller, request.path_params, changes)


async def _updated(server: Server, caller: Caller, path: dict[str, Any], changes: dict[str, Any]) -> Response:
    update = resource_types.update_type
    return json_response(_shown_type(await in_thread(update, server, caller, path["org"], path["type"], changes)))


async def _delete_type(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    await in_thread(resource_types.delete_type, server, caller, path["org"], path["type"])
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _list_classes(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(resource_types.read_classes, server, caller, request.path_params["org"])
    return json_response([_shown_class(one) for one in found])


async def _create_class(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, _NewClass)
    create = resource_types.create_class
    created = await in_thread(create, server, caller, path["org"], path["type"], body.id, body.description)
    return json_response(_shown_class(created))


async def _show_class(request: Request, server: Server, caller: Caller) -> Response:
    return json_response(_shown_class(await in_thread(resource_types.read_class, server, caller, *_class(request))))


async def _describe_class(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Description)
    describe = resource_types.describe_class
    return json_response(_shown_class(await in_thread(describe, server, caller, *_class(request), body.description)))


async def _delete_class(request: Request, server: Server, caller: Caller) -> Response:
    await in_thread(resource_types.delete_class, server, caller, *_class(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _list_drivers(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(drivers.read_drivers, server, caller, request.path_params["org"])
    return json_response([_shown_driver(one) for one in found])


async def _show_driver(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    return json_response(
        _shown_driver(await in_thread(drivers.read_driver, server, caller, path["org"], path["driver"]))
    )


async def _create_driver(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewDriver)
    given = _given_driver(request, body.id, body)
    create = drivers.create_driver
    return json_response(_shown_driver(await in_thread(create, server, caller, given.organization, given)))


async def _replace_driver(request: Request, server: Server, caller: Caller) -> Response:
    given = _given_driver(request, request.path_params["driver"], await read_body(request, _Driver))
    update = drivers.update_driver
    return json_response(_shown_driver(await in_thread(update, server, caller, given.organization, given)))


async def _delete_driver(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    await in_thread(drivers.delete_driver, server, caller, path["org"], path["driver"])
    return Response(status_code=HTTPStatus.NO_CONTENT)


_TYPES: Final = "/orgs/{org}/resources/types"
_CLASSES: Final = f"{_TYPES}/{{type:path}}/classes"
_DRIVERS: Final = "/orgs/{org}/resources/drivers"

ROUTES: Final = (
    endpoint(_TYPES, "GET", _list_types),
    endpoint(_TYPES, "POST", _create_type),
    endpoint("/orgs/{org}/resources/classes", "GET", _list_classes),
    endpoint(_CLASSES, "POST", _create_class),
    endpoint(f"{_CLASSES}/{{class}}", "GET", _show_class),
    endpoint(f"{_CLASSES}/{{class}}", "PATCH", _describe_class),
    endpoint(f"{_CLASSES}/{{class}}", "DELETE", _delete_class),
    endpoint(f"{_TYPES}/{{type:path}}", "PUT", _replace_type),
    endpoint(f"{_TYPES}/{{type:path}}", "PATCH", _change_type),
    endpoint(f"{_TYPES}/{{type:path}}", "DELETE", _delete_type),
    endpoint(_DRIVERS, "GET", _list_drivers),
    endpoint(_DRIVERS, "POST", _create_driver),
    endpoint(f"{_DRIVERS}/{{driver}}", "GET", _show_driver),
    endpoint(f"{_DRIVERS}/{{driver}}", "PUT", _replace_driver),
    endpoint(f"{_DRIVERS}/{{driver}}", "DELETE", _delete_driver),
)


def _class(request: Request) -> tuple[str, str, str]:
    path = request.path_params
    return path["org"], path["type"], path["class"]


def _given_driver(request: Request, identifier: str, body: _Driver) -> ResourceDriver:
    return ResourceDriver(
        request.path_params["org"],
        identifier,
        body.type,
        tuple(body.account_types),
        body.inputs_schema,
        body.target,
        body.template,
    )


def _shown_type(kept: ResourceType) -> dict[str, object]:
    return {
        "type": kept.id,
        "name": kept.name,
        "use": kept.use,
        "category": kept.category,
        "inputs_schema": kept.inputs_schema,
        "outputs_schema": kept.outputs_schema,
    }


def _shown_class(kept: ResourceClass) -> dict[str, object]:
    return {
        "id": kept.id,
        "resource_type": kept.type,
        "description": kept.description,
        "created_by": kept.created_by,
        "created_at": write_time(kept.created_at),
    }


def _shown_driver(driver: ResourceDriver) -> dict[str, object]:
    shown: dict[str, object] = {
        "org_id": driver.organization,
        "id": driver.id,
        "type": driver.type,
        "account_types": driver.account_types,
        "inputs_schema": driver.inputs_schema,
    }
    if driver.target:
        shown["target"] = driver.target
    return shown if driver.template is None else {**shown, "template": driver.template}
