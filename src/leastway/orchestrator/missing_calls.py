"""The calls of a run whose server was killed before it wrote them down for the run's page.

The audit entry of a call is durable before the call is signed, and the page is written a tenth of a second later. So
whoever takes a run up reads the newest entries of its organization's log, back to the last call that is known. What AWS
answered to a call that was lost this way is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from leastway.audit import Entry, read_entry
from leastway.registry import Run, RunCall
from leastway.store import PlatformStore, Transaction

__all__ = ["add_missing_calls"]

_ACTIONS: Final = ("aws.called", "aws.call-refused")
_PAGE: Final = 500
_MOST_PENDING: Final = 10_000
_MOST_CALLS: Final = 1_000_000
_OVERLAP: Final = timedelta(seconds=10)
"""How much earlier than the last known call another one may have been entered, which was not written down."""


def add_missing_calls(store: PlatformStore, run: Run) -> int:
    """Store the calls of a run that are in the audit log alone; return how many those are. Errors: LeastwayError."""
    if run.started_at is None:
        return 0
    with store.writing() as transaction:
        known = transaction.runs.calls(run.id, _MOST_CALLS)
        since = max([run.started_at, *(one.at for one in known)]) - _OVERLAP
        numbers = {(one.attempt, one.number) for one in known}
        found = [_call(one) for one in _entries(transaction, run.organization, since) if _is_of(one, run)]
        missing = [one for one in found if (one.attempt, one.number) not in numbers]
        transaction.runs.add_calls(run.id, missing)
    return len(missing)


def _entries(transaction: Transaction, organization: str, since: datetime) -> Iterator[Entry]:
    """Yield the entries of an organization since a time: those without a position, then pages from the newest on."""
    pending = [one for one in transaction.audit.pending(_MOST_PENDING) if one.organization == organization]
    yield from (entry for one in pending if (entry := read_entry(one.data)).at >= since)
    head = transaction.audit.heads([organization]).get(organization)
    stop = 0 if head is None else head.size
    while head is not None and stop:
        start = max(0, stop - _PAGE)
        page = [read_entry(data) for data in transaction.audit.entries(organization, head.number, start, stop)]
        yield from (one for one in page if one.at >= since)
        if all(one.at < since for one in page):
            return
        stop = start


def _is_of(entry: Entry, run: Run) -> bool:
    return entry.action in _ACTIONS and entry.details.get("run") == run.id


def _call(entry: Entry) -> RunCall:
    details: dict[str, Any] = dict(entry.details)
    service, _, operation = entry.target.partition(":")
    return RunCall(
        number=details["number"],
        attempt=details["attempt"],
        at=entry.at,
        phase=details.get("phase", ""),
        decision=details.get("decision", ""),
        service=service if operation else "",
        operation=operation,
        region=details.get("region", ""),
        role=details.get("role") or None,
        actions=details.get("actions", ()),
        resources=details.get("resources", ()),
        reason=details.get("reason", ""),
    )
