"""The control interface: what the parent asks of the sandbox itself, on a reserved path, with a token.

Each request is a POST of a JSON object to `/_leastway/<verb>` with `Authorization: Bearer <token>`; the answer is
JSON, and an error's is `{"error": "..."}` with status 400.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from leastway.errors import LeastwayError
from leastway.sandbox.http1 import answer
from leastway.sandbox.process.seeding import seed
from leastway.sandbox.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastway.sandbox.http1 import Message, Receive, Send
    from leastway.sandbox.process.clusters import Clusters
    from leastway.sandbox.process.gateway import Gateway
    from leastway.sandbox.process.state import State

__all__ = ["PREFIX", "Controller"]

PREFIX = "/_leastway/"


class Controller:
    """Answers control requests, and hands everything else to the gateway."""

    def __init__(self, token: str, gateway: Gateway, clusters: Clusters, state: State) -> None:
        self._authorization = f"Bearer {token}".encode()
        self._gateway = gateway
        self._clusters = clusters
        self._state = state

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not scope["path"].startswith(PREFIX):
            await self._gateway(scope, receive, send)
            return
        status, told = await self._answer(scope, (await receive())["body"])
        await answer(send, status, json.dumps(told).encode())

    async def _answer(self, scope: Message, body: bytes) -> tuple[int, Any]:
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(given, self._authorization):
            return 403, {"error": "the control token is wrong or missing"}
        verb = getattr(self, f"_do_{scope['path'].removeprefix(PREFIX)}", None)
        if verb is None:
            return 404, {"error": f"there is no {scope['path']}"}
        try:
            return 200, await verb(json.loads(body))
        except LeastwayError as error:
            return 400, {"error": str(error)}

    async def _do_latency(self, request: Mapping[str, Any]) -> None:
        self._gateway.faults.latency = request["seconds"]

    async def _do_throttle(self, request: Mapping[str, Any]) -> None:
        self._gateway.faults.throttle(request["action"], request["every"], request["rate"])

    async def _do_fail(self, request: Mapping[str, Any]) -> None:
        self._gateway.faults.fail(request["action"], request["code"], request["times"])

    async def _do_kill_after_write(self, request: Mapping[str, Any]) -> None:
        self._gateway.faults.kill_after_write(request["writes"], request["pid"])

    async def _do_journal(self, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        entries = [asdict(entry) for entry in self._gateway.journal]
        if request["clear"]:
            self._gateway.journal.clear()
        return entries

    async def _do_kubernetes(self, _request: Mapping[str, Any]) -> list[str]:
        return await self._clusters.implementations()

    async def _do_seed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return seed(Scenario.from_json(request), self._clusters)

    async def _do_snapshot(self, _request: Mapping[str, Any]) -> str:
        return await self._state.snapshot()

    async def _do_restore(self, request: Mapping[str, Any]) -> None:
        await self._state.restore(request["snapshot"])
        self._gateway.calm()

    async def _do_reset(self, _request: Mapping[str, Any]) -> None:
        await self._state.reset()
        self._gateway.calm()
