"""Agents, their keys and connections, and public keys of the organization: `/orgs/{org}/agents` and `/orgs/{org}/keys`.

Keys are answered byte for byte as they came. The body of `POST /orgs/{org}/keys` is a bare JSON string.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leastway.api.bodies import read_body
from leastway.api.errors import json_response
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.api.times import write_time
from leastway.registry import Agent, AgentKey, OrganizationKey
from leastway.service import Caller, Server, agents
from leastway.store import AgentConnection

__all__ = ["ROUTES"]


class _NewAgent(msgspec.Struct):
    id: str
    public_key: str
    description: str = ""


class _Description(msgspec.Struct):
    description: str


class _NewKey(msgspec.Struct):
    public_key: str


async def _list(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(agents.read_agents, server, caller, request.path_params["org"])
    return json_response([_shown(one) for one in found])


async def _create(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewAgent)
    created = await in_thread(
        agents.create_agent,
        server,
        caller,
        request.path_params["org"],
        identifier=body.id,
        description=body.description,
        pem=body.public_key,
    )
    return json_response(_shown(created))


async def _describe(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _Description)
    return json_response(
        _shown(await in_thread(agents.describe_agent, server, caller, *_agent(request), body.description))
    )


async def _delete(request: Request, server: Server, caller: Caller) -> Response:
    await in_thread(agents.delete_agent, server, caller, *_agent(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _list_keys(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(agents.read_agent_keys, server, caller, *_agent(request))
    return json_response([_shown_key(one) for one in found])


async def _add_key(request: Request, server: Server, caller: Caller) -> Response:
    body = await read_body(request, _NewKey)
    added = await in_thread(agents.add_agent_key, server, caller, *_agent(request), body.public_key)
    return json_response(_shown_key(added))


async def _delete_key(request: Request, server: Server, caller: Caller) -> Response:
    fingerprint = request.path_params["fingerprint"]
    await in_thread(agents.delete_agent_key, server, caller, *_agent(request), fingerprint)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _list_connections(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(agents.read_agent_connections, server, caller, *_agent(request))
    return json_response([_shown_connection(one, is_here=is_here) for one, is_here in found])


async def _list_organization_keys(request: Request, server: Server, caller: Caller) -> Response:
    fingerprint = request.query_params.get("fingerprint")
    read = agents.read_organization_keys
    found = await in_thread(read, server, caller, request.path_params["org"], fingerprint)
    return json_response([_shown_organization_key(one) for one in found])


async def _show_organization_key(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    found = await in_thread(agents.read_organization_key, server, caller, path["org"], path["key"])
    return json_response(_shown_organization_key(found))


async def _add_organization_key(request: Request, server: Server, caller: Caller) -> Response:
    pem = await read_body(request, str)
    added = await in_thread(agents.add_organization_key, server, caller, request.path_params["org"], pem)
    return json_response(_shown_organization_key(added))


async def _delete_organization_key(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params
    await in_thread(agents.delete_organization_key, server, caller, path["org"], path["key"])
    return Response(status_code=HTTPStatus.NO_CONTENT)


_ONE: Final = "/orgs/{org}/agents/{agent}"

ROUTES: Final = (
    endpoint("/orgs/{org}/agents", "GET", _list),
    endpoint("/orgs/{org}/agents", "POST", _create),
    endpoint(_ONE, "PATCH", _describe),
    endpoint(_ONE, "DELETE", _delete),
    endpoint(f"{_ONE}/keys", "GET", _list_keys),
    endpoint(f"{_ONE}/keys", "POST", _add_key),
    endpoint(f"{_ONE}/keys/{{fingerprint}}", "DELETE", _delete_key),
    endpoint(f"{_ONE}/connections", "GET", _list_connections),
    endpoint("/orgs/{org}/keys", "GET", _list_organization_keys),
    endpoint("/orgs/{org}/keys", "POST", _add_organization_key),
    endpoint("/orgs/{org}/keys/{key}", "GET", _show_organization_key),
    endpoint("/orgs/{org}/keys/{key}", "DELETE", _delete_organization_key),
)


def _agent(request: Request) -> tuple[str, str]:
    return request.path_params["org"], request.path_params["agent"]


def _shown(agent: Agent) -> dict[str, object]:
    return {
        "id": agent.id,
        "description": agent.description,
        "created_at": write_time(agent.created_at),
        "created_by": agent.created_by,
    }


def _shown_key(key: AgentKey) -> dict[str, object]:
    return {
        "fingerprint": key.fingerprint,
        "public_key": key.pem,
        "created_at": write_time(key.created_at),
        "created_by": key.created_by,
        "expired_at": write_time(key.expires_at),
        "is_authorized": True,
    }


def _shown_connection(connection: AgentConnection, *, is_here: bool) -> dict[str, object]:
    left = connection.left_at
    return {
        "replica": connection.instance,
        "server_process": connection.process,
        "fingerprint": connection.fingerprint,
        "is_connected": is_here,
        "connected_at": write_time(connection.connected_at),
        "last_seen_at": write_time(connection.seen_at),
        "left_at": None if left is None else write_time(left),
    }


def _shown_organization_key(key: OrganizationKey) -> dict[str, object]:
    return {
        "id": key.id,
        "key": key.pem,
        "fingerprint": key.fingerprint,
        "created_at": write_time(key.created_at),
        "created_by": key.created_by,
        "expired_at": write_time(key.expires_at),
    }
