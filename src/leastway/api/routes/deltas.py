"""Deltas of an application: `/orgs/{org}/apps/{app}/deltas`. The body of a 404 is a string."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_any, read_body
from leastway.api.errors import bare_not_found, json_response
from leastway.api.queries import boolean
from leastway.api.requests import Endpoint, application_of, endpoint
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.errors import InvalidInputError
from leastway.registry import MOST_STEPS, StoredDelta, read_delta
from leastway.service import Caller, Server, deltas

__all__ = ["ROUTES"]

_MOST: Final = 100
"""Deltas that one request combines."""


class _Metadata(msgspec.Struct):
    name: str = ""
    env_id: str | None = None


class _Described(msgspec.Struct):
    metadata: _Metadata | None = None


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(
        deltas.read_deltas,
        server,
        caller,
        *application_of(request),
        archived=boolean(request, "archived"),
        environment=request.query_params.get("env"),
    )
    return json_response([_shown(one) for one in found])


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    return json_response(_shown(await in_thread(deltas.read_delta, server, caller, *_delta(request))))


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    metadata = (await read_body(request, _Described)).metadata or _Metadata()
    content = read_delta(await read_any(request))
    created = await in_thread(
        deltas.create_delta,
        server,
        caller,
        *application_of(request),
        content,
        name=metadata.name,
        environment=metadata.env_id or None,
    )
    return json_response(_shown(created))


async def _combine(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_any(request)
    if not isinstance(body, list):
        raise InvalidInputError("it is not a list", where="the body", fix="send a list of deltas")
    if len(body) > _MOST:
        raise InvalidInputError(f"it has more than {_MOST} deltas", where="the body", fix="send fewer at a time")
    later = [read_delta(one, f"the body[{number}]") for number, one in enumerate(body)]
    if sum(one.steps for one in later) > MOST_STEPS:
        what = f"the deltas have more than {MOST_STEPS:,} steps"
        raise InvalidInputError(what, where="the body", fix="replace whole modules, or send fewer at a time")
    return json_response(_shown(await in_thread(deltas.combine_delta, server, caller, *_delta(request), later)))


async def _replace(request: Request, server: Server, caller: Caller) -> Response:
    content = read_delta(await read_any(request))
    await in_thread(deltas.replace_delta, server, caller, *_delta(request), content)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _rename(request: Request, server: Server, caller: Caller) -> Response:
    name = await read_body(request, str)
    await in_thread(deltas.rename_delta, server, caller, *_delta(request), name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _move(request: Request, server: Server, caller: Caller) -> Response:
    environment = await read_body(request, str)
    await in_thread(deltas.move_delta, server, caller, *_delta(request), environment)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _archive(request: Request, server: Server, caller: Caller) -> Response:
    archived = await read_body(request, bool)
    await in_thread(deltas.archive_delta, server, caller, *_delta(request), archived=archived)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _route(path: str, method: str, answer: Endpoint) -> Any:
    return endpoint(f"/orgs/{{org}}/apps/{{app}}/deltas{path}", method, answer, answer_not_found=bare_not_found)


ROUTES: Final = (
    _route("", "GET", _list),
    _route("", "POST", _create),
    _route("/{delta}", "GET", _show),
    _route("/{delta}", "PATCH", _combine),
    _route("/{delta}", "PUT", _replace),
    _route("/{delta}/metadata/archived", "PUT", _archive),
    _route("/{delta}/metadata/env_id", "PUT", _move),
    _route("/{delta}/metadata/name", "PUT", _rename),
)


def _delta(request: Request) -> tuple[str, str, str]:
    return (*application_of(request), request.path_params["delta"])


def _shown(delta: StoredDelta) -> dict[str, object]:
    metadata = {
        "name": delta.name,
        "env_id": delta.environment,
        "archived": delta.is_archived,
        "contributers": list(delta.contributors),
        "created_at": write_time(delta.created_at),
        "created_by": delta.created_by,
        "last_modified_at": write_time(delta.changed_at),
    }
    shown = {name: value for name, value in metadata.items() if value is not None}
    return {"id": delta.id, "metadata": shown, **delta.delta.as_json()}
