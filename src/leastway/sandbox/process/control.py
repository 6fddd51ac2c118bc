"""The server of the control interface: requests of the parent to the sandbox itself, on a reserved path, with a token.

Each request is a POST of a JSON object to `/_leastway/<verb>` with `Authorization: Bearer <token>`; the response is
JSON, and for an error `{"error": "..."}` with status 400.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.http1 import HttpRequest, HttpResponse, json_response
from leastway.sandbox.process.clusters import ClusterServers
from leastway.sandbox.process.gateway import Gateway
from leastway.sandbox.process.seeding import seed
from leastway.sandbox.process.state import SandboxState
from leastway.sandbox.scenario import Scenario

__all__ = ["PREFIX", "Controller"]

PREFIX = "/_leastway/"


class Controller:
    """Handles control requests, and passes everything else to the gateway."""

    def __init__(self, token: str, gateway: Gateway, clusters: ClusterServers, state: SandboxState) -> None:
        self._authorization = f"Bearer {token}".encode()
        self._gateway = gateway
        self._clusters = clusters
        self._state = state

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        if not request.path.startswith(PREFIX):
            return await self._gateway(request)
        if not hmac.compare_digest(request.header(b"authorization").encode("latin-1"), self._authorization):
            return json_response(403, {"error": "the control token is wrong or missing"})
        try:
            return json_response(200, await self._do(request.path.removeprefix(PREFIX), json.loads(request.body)))
        except LeastwayError as error:
            return json_response(400, {"error": str(error)})

    async def _do(self, verb: str, asked: Mapping[str, Any]) -> Any:
        gateway = self._gateway
        match verb:
            case "latency":
                gateway.faults.latency = asked["seconds"]
            case "throttle":
                gateway.faults.throttle(asked["action"], asked["every"], asked["rate"])
            case "fail":
                gateway.faults.fail(asked["action"], asked["code"], asked["times"])
            case "kill_after_write":
                gateway.faults.kill_after_write(asked["writes"], asked["pid"])
            case "journal":
                entries = [asdict(entry) for entry in gateway.journal]
                if asked["clear"]:
                    gateway.journal.clear()
                return entries
            case "kubernetes":
                return await self._clusters.implementations()
            case "seed":
                return seed(Scenario.from_json(asked), self._clusters)
            case "snapshot":
                return await self._state.snapshot()
            case "restore":
                await self._state.restore(asked["snapshot"])
                gateway.calm()
            case _:
                raise LeastwayError(f"{PREFIX}{verb} does not exist")
        return None
