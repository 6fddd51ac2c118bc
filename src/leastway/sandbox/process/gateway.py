"""Processing of an AWS call: latency, armed faults, ministack, the journal, and the kill after a write."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from leastway.sandbox.control import JournalEntry
from leastway.sandbox.http1 import Message, Send, answer, replay
from leastway.sandbox.process.calls import ApiCall, read_call, read_source
from leastway.sandbox.process.engine import require
from leastway.sandbox.process.faults import Faults

if TYPE_CHECKING:  # it imports the creation of certificates, which a sandbox without clusters never needs
    from leastway.sandbox.kube import KubeCall

__all__ = ["JOURNAL_LENGTH", "Gateway"]

JOURNAL_LENGTH = 100_000
"""How many calls the journal keeps; the oldest are dropped first."""


class Gateway:
    """The ASGI application around ministack's."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.journal: deque[JournalEntry] = deque(maxlen=JOURNAL_LENGTH)
        self._ministack = require("app", "app")
        self._caller = require("core.iam_evaluator", "_request_caller_arn")

    async def __call__(self, scope: Message, body: bytes, send: Send) -> None:
        """Handle one AWS call."""
        headers = dict(scope["headers"])
        call = read_call(scope, headers, body)
        if self.faults.latency:
            await asyncio.sleep(self.faults.latency)
        try:
            source = read_source(scope, headers)
        except ValueError as error:
            await answer(send, 400, str(error).encode(), [(b"content-type", b"text/plain")])
            return
        if refusal := self.faults.refusal(call):
            self._note(call, call.account, source, "", refusal.status)
            fields, refused = refusal.render(call)
            await answer(send, refusal.status, refused, fields)
            return
        self._caller.set("")
        await self._ministack(self._seen(scope, source), replay(body), self._noting(call, source, send))

    def calm(self) -> None:
        """Disarm every fault and clear the journal."""
        self.faults = Faults()
        self.journal.clear()

    def _seen(self, scope: Message, source: str) -> Message:
        """Return the request for ministack: from `source`, and over TLS, as with AWS's own endpoints."""
        return {**scope, "client": (source, 0), "scheme": "https"}

    def _noting(self, call: ApiCall, source: str, send: Send) -> Send:
        """Return a `send` that writes the journal, and may kill, when the response begins: the change is done then."""
        account = call.account  # before the call, which may delete its own key

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(call, account, source, self._caller.get(), message["status"])
            await send(message)

        return noting

    def _note(self, call: ApiCall, account: str, source: str, principal: str, status: int) -> None:
        changed = call.mutating and status < 400
        self.journal.append(
            JournalEntry(
                call.service, call.action, account, principal, source, changed, status, call.region, resource=""
            )
        )
        if changed:
            self.faults.written()

    async def note_kubernetes(self, account: str, region: str, call: KubeCall) -> None:
        """Record a call to a cluster of that account and region; count it if it is a write; may kill, as for AWS."""
        action, resource = f"{call.verb} {call.resource}", f"{call.cluster}/{call.namespace}/{call.name}"
        self.journal.append(
            JournalEntry("kubernetes", action, account, call.user, "", call.write, call.status, region, resource)
        )
        if call.write:
            self.faults.written()
