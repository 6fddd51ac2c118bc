"""Kill switches of an organization: `/orgs/{org}/kill-switches`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import Authenticate, endpoint
from leastway.api.routes.credentials import session_body
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.errors import InvalidInputError
from leastway.service import Caller, Server, kill_switches
from leastway.sessions import KillSwitch, Scope
from leastway.tenants import Permission

__all__ = ["ROUTES"]


class _NewSwitch(msgspec.Struct):
    scope: str
    reason: str
    target: str | None = None


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(kill_switches.read_kill_switches, server, caller, request.path_params["org"])
    held = {one.id for one in server.brokerage.gate.held}
    return json_response([_shown(one, is_durable=one.id not in held) for one in found])


async def _turn_on(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewSwitch)
    made = await in_thread(
        kill_switches.turn_on_kill_switch,
        server,
        caller,
        request.path_params["org"],
        scope=_scope(body.scope),
        target=body.target,
        reason=body.reason,
    )
    shown = _shown(made.switch, is_durable=made.is_durable)
    ended = {
        "target_is_known": made.is_target_known,
        "ended_sessions": [session_body(one) for one in made.ended],
        "only_aws_can_end": [session_body(one) for one in made.handed_out],
    }
    return json_response({**shown, **ended})


async def _turn_off(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    await in_thread(kill_switches.turn_off_kill_switch, server, caller, path["org"], path["switch"])
    return Response(status_code=HTTPStatus.NO_CONTENT)


_SWITCHES: Final = "/orgs/{org}/kill-switches"

ROUTES: Final[tuple[Route, ...]] = (
    endpoint(_SWITCHES, "GET", _list),
    endpoint(_SWITCHES, "POST", _turn_on, Authenticate.TO_STOP),
    endpoint(f"{_SWITCHES}/{{switch}}", "DELETE", _turn_off, permission=Permission.OWN),
)


def _shown(switch: KillSwitch, *, is_durable: bool) -> dict[str, object]:
    return {
        "id": switch.id,
        "scope": switch.scope.value,
        "target": switch.target,
        "reason": switch.reason,
        "is_on": switch.is_on,
        "is_durable": is_durable,
        "on_at": write_time(switch.on_at),
        "on_by": switch.on_by,
        "off_at": None if switch.off_at is None else write_time(switch.off_at),
        "off_by": switch.off_by,
    }


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        names = ", ".join(one.value for one in Scope if one is not Scope.EVERYTHING)
        raise InvalidInputError("unknown scope", where="scope", fix=f"use one of {names}") from None
