"""The caller's organization: `/orgs` and `/orgs/{org}`."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.service import Caller, Server
from leastway.service.organizations import read_organization
from leastway.tenants import Organization

__all__ = ["ROUTES"]


async def _list(_request: Request, server: Server, caller: Caller) -> Response:
    return json_response([_shown(await in_thread(read_organization, server.store, caller.organization))])


async def _show(_request: Request, server: Server, caller: Caller) -> Response:
    return json_response(_shown(await in_thread(read_organization, server.store, caller.organization)))


ROUTES: Final = (endpoint("/orgs", "GET", _list), endpoint("/orgs/{org}", "GET", _show))


def _shown(organization: Organization) -> dict[str, object]:
    return {
        "id": organization.id,
        "name": organization.name,
        "created_at": write_time(organization.created_at),
        "created_by": "",
        "logo": {},
        "trial_expires_at": None,
    }
