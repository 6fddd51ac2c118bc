"""Processing of an AWS call: latency, armed faults, ministack, the journal, and the kill after a write."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from leastway.sandbox.control import JournalEntry
from leastway.sandbox.gaps.partitions import here, swapped
from leastway.sandbox.http1 import HttpRequest, HttpResponse
from leastway.sandbox.process.calls import ApiCall, read_call, read_source
from leastway.sandbox.process.engine import call_ministack, require
from leastway.sandbox.process.faults import Faults

if TYPE_CHECKING:  # it imports the creation of certificates, which a sandbox without clusters never needs
    from leastway.sandbox.kube import KubeCall

__all__ = ["JOURNAL_LENGTH", "Gateway"]

JOURNAL_LENGTH = 100_000
"""How many calls the journal keeps; the oldest are dropped first."""


class Gateway:
    """The application around ministack."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.journal: deque[JournalEntry] = deque(maxlen=JOURNAL_LENGTH)
        self._caller = require("core.iam_evaluator", "_request_caller_arn")

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one AWS call."""
        call = read_call(request)
        if self.faults.latency:
            await asyncio.sleep(self.faults.latency)
        try:
            source = read_source(request)
        except ValueError as error:
            return HttpResponse(400, str(error).encode(), [(b"content-type", b"text/plain")])
        account = call.account  # before the call, which may delete its own key
        self._caller.set("")
        response = self.faults.refusal(call) or await call_ministack(request, source)
        self._note(call, account, source, swapped(here(), self._caller.get()), response.status)
        return response

    def calm(self) -> None:
        """Disarm every fault and clear the journal."""
        self.faults = Faults()
        self.journal.clear()

    def _note(self, call: ApiCall, account: str, source: str, principal: str, status: int) -> None:
        """Write the journal; may kill, before the response is sent."""
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
        asked = call.asked
        action, resource = (
            f"{asked.verb} {asked.path or asked.resource}",
            f"{call.cluster}/{asked.namespace}/{asked.name}",
        )
        self.journal.append(
            JournalEntry("kubernetes", action, account, call.user, "", call.write, call.status, region, resource)
        )
        if call.write:
            self.faults.written()
