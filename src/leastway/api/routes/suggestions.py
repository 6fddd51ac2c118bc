"""Policies suggested from what runs called: `/orgs/{org}/suggestions`. Humanitec's API has none: docs/suggest.md."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.errors import InvalidInputError
from leastway.policy import render
from leastway.service import Caller, Server, suggestions
from leastway.service.suggestions import RoleSuggestion
from leastway.suggestion import LIMITS

__all__ = ["ROUTES"]


async def _suggest(request: Request, server: Server, caller: Caller) -> Response:
    run, definition = (request.query_params.get(name) for name in ("run", "definition"))
    organization = request.path_params["org"]
    if (run is None) == (definition is None):
        raise InvalidInputError("the request must name either a run or a definition", fix="name one of them")
    if run is not None:
        found = await in_thread(suggestions.suggest_for_run, server, caller, organization, run)
    else:
        found = await in_thread(suggestions.suggest_for_definition, server, caller, organization, definition)
    return json_response({"limits": LIMITS, "roles": [_shown(one) for one in found]})


ROUTES: Final = (endpoint("/orgs/{org}/suggestions", "GET", _suggest),)


def _shown(one: RoleSuggestion) -> dict[str, Any]:
    suggestion = one.suggestion
    return {
        "role": one.role,
        "runs": one.runs,
        "calls": suggestion.calls,
        "refused": [
            {"operation": each.operation, "by": each.by, "reason": each.reason, "count": each.count}
            for each in suggestion.refused
        ],
        "policies": [render(each) for each in suggestion.documents()],
        "widened": suggestion.widened,
        "unnamed": suggestion.unnamed,
        "grant": one.grant,
        "verdict": None if one.within is None else one.within.verdict.word,
        "beyond": [] if one.within is None else [each.statement.as_json() for each in one.within.beyond],
    }
