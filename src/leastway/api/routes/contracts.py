"""Contracts of grants: `/orgs/{org}/contracts`. Humanitec's API has none: docs/contract.md describes them."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.service import Caller, Server, contracts
from leastway.store import StoredContract

__all__ = ["ROUTES"]


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    account = request.query_params.get("account")
    found = await in_thread(contracts.read_contracts, server, caller, request.path_params["org"], account)
    return json_response([_shown(one) for one in found])


async def _put(request: Request, server: Server, caller: Caller) -> Response:
    path, body = request.path_params, await read_body(request, dict[str, Any])
    arguments = (path["org"], path["grant"], path["account"], body)
    return json_response(_shown(await in_thread(contracts.put_contract, server, caller, *arguments)))


async def _show(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    arguments = (path["org"], path["grant"], path["account"], path.get("digest"))
    found, content = await in_thread(contracts.read_contract, server, caller, *arguments)
    return json_response({**_shown(found), "contract": json.loads(content)})


async def _versions(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    found = await in_thread(contracts.read_versions, server, caller, path["org"], path["grant"], path["account"])
    return json_response([_shown(one) for one in found])


_CONTRACT: Final = "/orgs/{org}/contracts/{grant}/accounts/{account}"

ROUTES: Final = (
    endpoint("/orgs/{org}/contracts", "GET", _list),
    endpoint(_CONTRACT, "PUT", _put),
    endpoint(_CONTRACT, "GET", _show),
    endpoint(f"{_CONTRACT}/versions", "GET", _versions),
    endpoint(f"{_CONTRACT}/versions/{{digest}}", "GET", _show),
)


def _shown(stored: StoredContract) -> dict[str, object]:
    return {
        "grant": stored.grant,
        "account": stored.account,
        "version": stored.version,
        "digest": stored.digest,
        "created_at": write_time(stored.created_at),
        "created_by": stored.created_by,
    }
