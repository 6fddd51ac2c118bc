"""Terraform states: `/orgs/{org}/states`. Humanitec's API has none: docs/state.md describes them.

Only `reveal` answers with secrets, to owners; its answer is never cached.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.errors import InvalidInputError
from leastway.service import Caller, Server, state
from leastway.store import StateVersion, StoredState
from leastway.tenants import Permission

__all__ = ["ROUTES"]


class _Reason(msgspec.Struct):
    reason: str


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(state.read_states, server, caller, request.path_params["org"])
    return json_response([_shown(each) for each in found])


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    version = _number(path["state_version"]) if "state_version" in path else None
    shown = await in_thread(state.show_state, server, caller, path["org"], path["state"], version)
    lock = None
    if shown.lock is not None:
        lock = {"run": shown.lock.run, "locked_at": write_time(shown.lock.locked_at)}
    chosen = None if shown.version is None else _shown_version(shown.version)
    return json_response({**_shown(shown.state), "version": chosen, "lock": lock, **shown.content})


async def _versions(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    found = await in_thread(state.read_versions, server, caller, path["org"], path["state"])
    return json_response([_shown_version(each) for each in found])


async def _reveal(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, _Reason)
    arguments = (path["org"], path["state"], _number(path["state_version"]), body.reason)
    version, content = await in_thread(state.reveal_state, server, caller, *arguments)
    answer = json_response({**_shown_version(version), "content": content.reveal()})
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _restore(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, _Reason)
    arguments = (path["org"], path["state"], _number(path["state_version"]), body.reason)
    return json_response(_shown_version(await in_thread(state.restore_state, server, caller, *arguments)))


_STATE: Final = "/orgs/{org}/states/{state}"

ROUTES: Final = (
    endpoint("/orgs/{org}/states", "GET", _list),
    endpoint(_STATE, "GET", _show),
    endpoint(f"{_STATE}/versions", "GET", _versions, permission=Permission.OWN),
    endpoint(f"{_STATE}/versions/{{state_version}}", "GET", _show),
    endpoint(f"{_STATE}/versions/{{state_version}}/reveal", "POST", _reveal, permission=Permission.OWN),
    endpoint(f"{_STATE}/versions/{{state_version}}/restore", "POST", _restore, permission=Permission.OWN),
)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise InvalidInputError("it is not the number of a version", where="version", fix="write a number, such as 3")
    return int(text)


def _shown(stored: StoredState) -> dict[str, Any]:
    current = stored.current
    return {
        "id": stored.id,
        "title": stored.title,
        "created_at": write_time(stored.created_at),
        "current_version": None if current is None else current.version,
        "serial": None if current is None else current.serial,
        "size": None if current is None else current.size,
        "written_at": None if current is None else write_time(current.written_at),
    }


def _shown_version(version: StateVersion) -> dict[str, Any]:
    return {
        "version": version.version,
        "lineage": version.lineage,
        "serial": version.serial,
        "size": version.size,
        "written_at": write_time(version.written_at),
        "run": version.writer.run,
        "user": version.writer.user,
        "restored_from": version.writer.restored_from,
    }
