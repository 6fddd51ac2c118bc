"""Runs: `/orgs/{org}/runs`. Humanitec's API has none: docs/runs.md describes them.

The log is JSON or a stream of server-sent events: `leastway.api.following`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.following import follow, line_number
from leastway.api.queries import boolean, page_size
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.errors import InvalidInputError
from leastway.registry import Run, RunAction, RunCall, RunLine
from leastway.service import Caller, Server, runs

__all__ = ["ROUTES", "run_json"]


class _New(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    app_id: str
    env_id: str
    resource: str
    action: str = RunAction.APPLY.value
    approval: bool = False
    params: dict[str, Any] | None = None


class _Approval(msgspec.Struct, forbid_unknown_fields=True):
    plan_digest: str | None = None


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    query, most = request.query_params, page_size(request)
    application, environment = query.get("app_id"), query.get("env_id")
    if (application is None) != (environment is None):
        raise InvalidInputError("one of the two is missing", where="app_id, env_id", fix="give both or none")
    place = None if application is None or environment is None else (application, environment)
    org, unfinished = request.path_params["org"], boolean(request, "unfinished")
    found = await in_thread(runs.read_runs, server, caller, org, most, unfinished=unfinished, place=place)
    return json_response([run_json(one) for one in found])


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _New)
    if body.action not in (one.value for one in RunAction):
        raise InvalidInputError("unknown action", where="action", fix="use apply, plan or destroy")
    wanted = runs.WantedRun(
        application=body.app_id,
        environment=body.env_id,
        resource=body.resource,
        action=RunAction(body.action),
        needs_approval=body.approval,
        params=body.params or {},
    )
    made = await in_thread(runs.create_run, server, caller, request.path_params["org"], wanted)
    return json_response(run_json(made), HTTPStatus.CREATED)


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    return json_response(run_json(await in_thread(runs.read_run, server, caller, *_place(request))))


async def _calls(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(runs.read_calls, server, caller, *_place(request))
    return json_response([_call(one) for one in found])


async def _log(request: Request, server: Server, caller: Caller) -> Response:
    async def read(caller: Caller, after: int) -> tuple[Run, tuple[RunLine, ...]]:
        return await in_thread(runs.read_lines, server, caller, *_place(request), after)

    def end(run: Run) -> dict[str, object] | None:
        return {"status": run.status.value, "error": run.error} if run.status.is_end else None

    return await follow(request, caller, read, end, line_number(request))


async def _cancel(request: Request, server: Server, caller: Caller) -> Response:
    cancelled = await in_thread(runs.cancel_run, server, caller, *_place(request))
    return json_response(run_json(cancelled))


async def _approve(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Approval)
    approved = await in_thread(runs.approve_run, server, caller, *_place(request), body.plan_digest)
    return json_response(run_json(approved))


_RUNS: Final = "/orgs/{org}/runs"

ROUTES: Final = (
    endpoint(_RUNS, "GET", _list),
    endpoint(_RUNS, "POST", _create),
    endpoint(f"{_RUNS}/{{run}}", "GET", _show),
    endpoint(f"{_RUNS}/{{run}}/calls", "GET", _calls),
    endpoint(f"{_RUNS}/{{run}}/log", "GET", _log),
    endpoint(f"{_RUNS}/{{run}}/actions/cancel", "POST", _cancel),
    endpoint(f"{_RUNS}/{{run}}/actions/approve", "POST", _approve),
)


def run_json(run: Run) -> dict[str, object]:
    """Return a run as the API shows it."""
    times = ("created_at", "started_at", "ended_at", "approved_at", "cancelled_at")
    return {
        "id": run.id,
        "org_id": run.organization,
        "app_id": run.application,
        "env_id": run.environment,
        "resource": str(run.key),
        "gu_res_id": run.guresid,
        "def_id": run.definition,
        "def_version_id": run.definition_version,
        "driver_account": run.account,
        "action": run.action.value,
        "status": run.status.value,
        "phase": None if run.phase is None else run.phase.value,
        "attempt": run.attempt,
        "approval": run.needs_approval,
        "credentials": run.credentials.value,
        "commit": run.commit,
        "role": run.role,
        "contract": run.contract,
        "contract_mode": "enforce" if run.is_enforced else "observe",
        "plan": run.plan,
        "plan_digest": run.plan_digest,
        "warnings": list(run.warnings),
        "error": run.error,
        "ended_how": run.ended_how,
        "created_by": run.created_by,
        "approved_by": run.approved_by,
        "cancelled_by": run.cancelled_by,
        **{name: None if (time := getattr(run, name)) is None else write_time(time) for name in times},
    }


def _call(call: RunCall) -> dict[str, object]:
    return {
        "number": call.number,
        "attempt": call.attempt,
        "at": write_time(call.at),
        "phase": call.phase,
        "decision": call.decision,
        "service": call.service,
        "operation": call.operation,
        "region": call.region,
        "role": call.role,
        "actions": list(call.actions),
        "resources": list(call.resources),
        "reason": call.reason,
        "status": call.status,
        "code": call.code,
        "request_id": call.request_id,
    }


def _place(request: Request) -> tuple[str, str]:
    return request.path_params["org"], request.path_params["run"]
