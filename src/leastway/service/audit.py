"""What clients may read of their organization's audit logs: the files of tlog-tiles, and the changes as a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from leastway.audit import Entry, read_entry
from leastway.broker.logs import LogFiles
from leastway.errors import LeastwayError
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.store import LogHead, Transaction
from leastway.tenants import Permission
from leastway.tlog import CHECKPOINT

__all__ = ["ChangePage", "Place", "changes_of", "log_file", "log_key", "no_such_log"]

Place = tuple[datetime, int]
"""A time, and the id of an entry: the page goes on with what is older."""

_LONGEST_WINDOW = timedelta(days=32)
"""As much time one page covers, as in Humanitec's API."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of changes, newest first, and where the next one begins."""

    entries: tuple[Entry, ...]
    next: Place | None


def log_file(server: Server, caller: Caller, organization: str, number: int | None, path: str) -> bytes:
    """Return a file of the organization's log, by its path below the log's prefix; `number` is that of an earlier log.

    Nothing beyond the published checkpoint is shown. Errors: NotFoundError.
    """
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        files = _files(server, transaction, organization, number)
        found = files.read(path)
    if found is None:
        raise NotFoundError("the log has no such file", fix=f"read {CHECKPOINT} first: it has the size of the log")
    return found


def log_key(server: Server, caller: Caller, organization: str, number: int | None) -> str:
    """Return the verifier key of the organization's log. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return _head(transaction, organization, number).key


def changes_of(
    server: Server,
    caller: Caller,
    organization: str,
    *,
    since: datetime | None,
    until: datetime | None,
    place: Place | None,
    most: int,
) -> ChangePage:
    """Return at most `most` changes of at most 32 days, newest first: at `since` or later, and before `until`."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        audit = transaction.audit
        end = place or (until or transaction.now + timedelta(days=1), 0)
        newest = audit.changes(organization, since=since, before=end, most=1)
        if not newest:
            return ChangePage((), None)
        start = newest[0][1] - _LONGEST_WINDOW
        if since is not None:
            start = max(start, since)
        found = audit.changes(organization, since=start, before=end, most=most)
        id_, at, _ = found[-1]
        older = audit.changes(organization, since=since, before=(at, id_), most=1)
        return ChangePage(tuple(read_entry(data) for _, _, data in found), (at, id_) if older else None)


def _files(server: Server, transaction: Transaction, organization: str, number: int | None) -> LogFiles:
    head = _head(transaction, organization, number)
    record = server.logs.published(organization)
    if record is not None and record.number == head.number:
        size = record.size
        return LogFiles(transaction.audit, organization, head.number, min(size, head.size), record.text)
    if number is not None and record is not None and number < record.number:
        return LogFiles(transaction.audit, organization, head.number, head.size, head.checkpoint)
    raise LeastwayError("the log's newest checkpoint is not published yet", fix="try again in a second")


def _head(transaction: Transaction, organization: str, number: int | None) -> LogHead:
    if number is None:
        head = transaction.audit.heads([organization]).get(organization)
    else:
        head = transaction.audit.log(organization, number)
    if head is None:
        raise no_such_log()
    return head


def no_such_log() -> NotFoundError:
    """Return the error for a log that does not exist."""
    return NotFoundError("this log does not exist", fix="leave the number out for the log that grows")
