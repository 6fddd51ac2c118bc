"""Resource definitions, their versions and criteria: below `/orgs/{org}/resources/defs`.

Changes that affect active resources are answered with 409 and a list, until they are forced. Where a list has no
filter, it is sent in parts as it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.definition_json import affected_json, criterion_json, definition_json, version_json
from leastway.api.errors import json_response
from leastway.api.queries import boolean, next_link, page_size
from leastway.api.requests import endpoint, list_in_parts
from leastway.api.routes.active_resources import resource_json
from leastway.api.threads import in_thread
from leastway.errors import InvalidInputError
from leastway.registry import CoProvision, Criterion
from leastway.service import Caller, Server, criteria, definition_reading, definition_versions, definitions
from leastway.service.definition_making import GivenDefinition, GivenInputs
from leastway.service.definition_reading import DefinitionFilter
from leastway.service.definitions import AffectedError, ChangedDefinition, DefinitionChange

__all__ = ["ROUTES"]

_FILTERS: Final = {
    "app": "app_id",
    "env": "env_id",
    "env_type": "env_type",
    "res": "res_id",
    "class": "resource_class",
    "res_type": "type",
}


class _Inputs(msgspec.Struct):
    values: dict[str, Any] | None = None
    secrets: dict[str, Any] | None = None
    secret_refs: dict[str, Any] | None = None

    def given(self) -> GivenInputs:
        return GivenInputs(values=self.values, secrets=self.secrets, secret_refs=self.secret_refs)


class _PatchedInputs(msgspec.Struct):
    values: dict[str, Any] | UnsetType | None = UNSET
    secrets: dict[str, Any] | UnsetType | None = UNSET
    secret_refs: dict[str, Any] | UnsetType | None = UNSET


class _Provision(msgspec.Struct):
    is_dependent: bool = False
    match_dependents: bool | None = None
    params: dict[str, Any] | None = None

    def given(self) -> CoProvision:
        return CoProvision(self.is_dependent, self.match_dependents, self.params)


class _Criterion(msgspec.Struct, rename={"resource_class": "class"}):
    app_id: str | None = None
    env_id: str | None = None
    env_type: str | None = None
    res_id: str | None = None
    resource_class: str | None = None

    def given(self) -> Criterion:
        return Criterion.parse({**msgspec.structs.asdict(self), "class": self.resource_class})


class _Update(msgspec.Struct, kw_only=True):
    name: str
    driver_type: str | None = None
    driver_account: str | None = None
    driver_inputs: _Inputs | None = None
    provision: dict[str, _Provision] | None = None
    in_place_driver_change: bool = False
    proposed: bool = False


class _New(msgspec.Struct, kw_only=True):
    id: str
    name: str
    type: str
    driver_type: str
    driver_account: str | None = None
    driver_inputs: _Inputs | None = None
    provision: dict[str, _Provision] | None = None
    in_place_driver_change: bool = False
    criteria: list[_Criterion] | None = None


class _Patch(msgspec.Struct, kw_only=True):
    name: str | None = None
    driver_account: str | UnsetType | None = UNSET
    driver_inputs: _PatchedInputs | UnsetType = UNSET
    provision: dict[str, _Provision | None] | UnsetType = UNSET
    in_place_driver_change: bool | None = None
    proposed: bool = False


class _Archive(msgspec.Struct):
    archived: bool = True


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    org, with_deleted = request.path_params["org"], boolean(request, "deleted")
    query = request.query_params
    wanted = DefinitionFilter(**{word: query[name] for name, word in _FILTERS.items() if query.get(name)})
    if wanted != DefinitionFilter():
        ranked = definition_reading.ranked_definitions
        found = await in_thread(ranked, server, caller, org, wanted, with_deleted=with_deleted)
        return json_response([definition_json(one) for one in found])
    pages = definition_reading.read_pages(server, caller, org, with_deleted=with_deleted)
    return await list_in_parts(pages, definition_json)


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    deleted = boolean(request, "deleted")
    read = definition_reading.read_definition
    return json_response(definition_json(await in_thread(read, server, caller, *_place(request), with_deleted=deleted)))


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _New)
    given = GivenDefinition(
        name=body.name,
        type=body.type,
        driver=body.driver_type,
        account=body.driver_account or "",
        inputs=None if body.driver_inputs is None else body.driver_inputs.given(),
        provision=_given_provision(body.provision),
        in_place_driver_change=body.in_place_driver_change,
    )
    wanted = [one.given() for one in body.criteria or ()]
    create, org = definitions.create_definition, request.path_params["org"]
    return _changed(await in_thread(create, server, caller, org, body.id, given, wanted))


async def _replace(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Update)
    changed = await in_thread(
        definitions.replace_definition,
        server,
        caller,
        *_place(request),
        name=body.name,
        driver=body.driver_type,
        account=body.driver_account or "",
        inputs=None if body.driver_inputs is None else body.driver_inputs.given(),
        provision=_given_provision(body.provision),
        in_place_driver_change=body.in_place_driver_change,
        is_proposed=body.proposed,
    )
    return _changed(changed)


async def _change(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Patch)
    account, provision = body.driver_account, body.provision
    change = DefinitionChange(
        name=body.name,
        account=None if account is UNSET else account or "",
        inputs=None if body.driver_inputs is UNSET else _set_members(body.driver_inputs),
        provision=None
        if provision is UNSET
        else {key: None if one is None else one.given() for key, one in provision.items()},
        in_place_driver_change=body.in_place_driver_change,
        is_proposed=body.proposed,
    )
    return _changed(await in_thread(definitions.change_definition, server, caller, *_place(request), change))


async def _delete(request: Request, server: Server, caller: Caller) -> Response:
    force, path = boolean(request, "force"), request.path_params
    return await _unless_affected(
        lambda: definitions.delete_definition(server, caller, path["org"], path["definition"], force=force)
    )


async def _list_resources(request: Request, server: Server, caller: Caller) -> Response:
    read = definition_reading.read_active
    return json_response(
        [resource_json(kind, one) for kind, one in await in_thread(read, server, caller, *_place(request))]
    )


async def _list_versions(request: Request, server: Server, caller: Caller) -> Response:
    query = request.query_params
    page = await in_thread(
        definition_versions.read_versions,
        server,
        caller,
        *_place(request),
        before=_page(query["page"]) if "page" in query else None,
        most=page_size(request),
        with_deleted=boolean(request, "deleted"),
    )
    response = json_response([version_json(page.definition, one) for one in page.versions])
    if page.next is not None:
        kept = {name: query[name] for name in ("deleted", "per_page") if name in query}
        response.headers["Link"] = next_link(request, kept | {"page": str(page.next)})
    return response


async def _show_version(request: Request, server: Server, caller: Caller) -> Response:
    read, version = definition_versions.read_version, request.path_params["version"]
    return json_response(version_json(*await in_thread(read, server, caller, *_place(request), version)))


async def _promote(request: Request, server: Server, caller: Caller) -> Response:
    promote, version = definition_versions.promote_version, request.path_params["version"]
    await in_thread(promote, server, caller, *_place(request), version)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _archive(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Archive)
    archive, version = definition_versions.archive_version, request.path_params["version"]
    await in_thread(archive, server, caller, *_place(request), version, is_archived=body.archived)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _add_criterion(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Criterion)
    added = await in_thread(criteria.add_criterion, server, caller, *_place(request), body.given())
    return json_response(criterion_json(added))


async def _replace_criteria(request: Request, server: Server, caller: Caller) -> Response:
    wanted = [one.given() for one in await read_body(request, list[_Criterion])]
    after = await in_thread(criteria.replace_criteria, server, caller, *_place(request), wanted)
    return json_response([criterion_json(one) for one in after])


async def _remove_criterion(request: Request, server: Server, caller: Caller) -> Response:
    force, path = boolean(request, "force"), request.path_params
    place = (path["org"], path["definition"], path["criterion"])
    return await _unless_affected(lambda: criteria.remove_criterion(server, caller, *place, force=force))


_DEFS: Final = "/orgs/{org}/resources/defs"
_DEF: Final = f"{_DEFS}/{{definition}}"
_VERSION: Final = f"{_DEF}/versions/{{version}}"

ROUTES: Final = (
    endpoint(_DEFS, "GET", _list),
    endpoint(_DEFS, "POST", _create),
    endpoint(_DEF, "GET", _show),
    endpoint(_DEF, "PUT", _replace),
    endpoint(_DEF, "PATCH", _change),
    endpoint(_DEF, "DELETE", _delete),
    endpoint(f"{_DEF}/resources", "GET", _list_resources),
    endpoint(f"{_DEF}/versions", "GET", _list_versions),
    endpoint(_VERSION, "GET", _show_version),
    endpoint(f"{_VERSION}/actions/promote", "POST", _promote),
    endpoint(f"{_VERSION}/actions/archive", "POST", _archive),
    endpoint(f"{_DEF}/criteria", "POST", _add_criterion),
    endpoint(f"{_DEF}/criteria", "PUT", _replace_criteria),
    endpoint(f"{_DEF}/criteria/{{criterion}}", "DELETE", _remove_criterion),
)


def _place(request: Request) -> tuple[str, str]:
    return request.path_params["org"], request.path_params["definition"]


def _changed(changed: ChangedDefinition) -> Response:
    return json_response(definition_json(changed.definition, changed.warnings))


async def _unless_affected(delete: Callable[[], None]) -> Response:
    try:
        await in_thread(delete)
    except AffectedError as error:
        return json_response([affected_json(one) for one in error.affected], HTTPStatus.CONFLICT)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _given_provision(provision: Mapping[str, _Provision] | None) -> dict[str, CoProvision] | None:
    return None if provision is None else {key: one.given() for key, one in provision.items()}


def _set_members(inputs: _PatchedInputs) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(inputs).items() if value is not UNSET}


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidInputError("it is not a page of this list", where="page", fix="follow the Link header")
    return int(text)
