"""Deltas of an application: created, combined with others, replaced, archived; each change with its audit entry.

A delta that is archived can be read and does not change. An audit entry names the modules, and says nothing of their
content.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from leastway.errors import InvalidInputError
from leastway.registry import EMPTY_DELTA, Delta, StoredDelta, combined
from leastway.service.applications import require_application
from leastway.service.caller import Caller, NotFoundError
from leastway.service.fields import check_short_id
from leastway.service.server import Server
from leastway.store import Transaction
from leastway.tenants import Permission

__all__ = [
    "archive_delta",
    "combine_delta",
    "create_delta",
    "move_delta",
    "read_delta",
    "read_deltas",
    "rename_delta",
    "replace_delta",
    "require_delta",
]

_LONGEST_NAME = 500
_MOST_NAMES = 100


def read_deltas(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    *,
    archived: bool = False,
    environment: str | None = None,
) -> tuple[StoredDelta, ...]:
    """Return the deltas of an application that are archived or not, the newest first. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_application(transaction, organization, application)
        deltas = transaction.deployment_deltas
        return deltas.all(organization, application, archived=archived, environment=environment)


def read_delta(server: Server, caller: Caller, organization: str, application: str, delta: str) -> StoredDelta:
    """Return one delta. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return require_delta(transaction, organization, application, delta)


def create_delta(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    content: Delta,
    *,
    name: str = "",
    environment: str | None = None,
) -> StoredDelta:
    """Store a new delta, simplified. Its environment need not exist yet.

    Errors: NotFoundError for the application; InvalidInputError whose `where` is the field.
    """
    caller.need(Permission.OPERATE, organization)
    _check_name(name, "metadata.name")
    if environment is not None:
        check_short_id(environment, "metadata.env_id")
    with server.store.writing() as transaction:
        require_application(transaction, organization, application, lock=True)
        created = StoredDelta(
            organization=organization,
            application=application,
            id=str(uuid.uuid4()),
            name=name,
            environment=environment,
            is_archived=False,
            delta=combined(EMPTY_DELTA, content),
            contributors=(),
            created_at=transaction.now,
            created_by=caller.user.id,
            changed_at=transaction.now,
        )
        transaction.deployment_deltas.add(created)
        _enter(transaction, caller, created, "delta.created", 200)
    return created


def combine_delta(
    server: Server, caller: Caller, organization: str, application: str, delta: str, later: Sequence[Delta]
) -> StoredDelta:
    """Combine a delta with others, in their order. Errors: NotFoundError; InvalidInputError, also if it is archived."""

    def change(found: StoredDelta) -> StoredDelta:
        content = found.delta
        for one in later:
            content = combined(content, one)
        return replace(found, delta=content)

    return _changed(server, caller, organization, application, delta, change, 200)


def replace_delta(
    server: Server, caller: Caller, organization: str, application: str, delta: str, content: Delta
) -> StoredDelta:
    """Replace the content of a delta. Errors: NotFoundError; InvalidInputError, also if it is archived."""
    return _changed(
        server,
        caller,
        organization,
        application,
        delta,
        lambda found: replace(found, delta=combined(EMPTY_DELTA, content)),
    )


def rename_delta(
    server: Server, caller: Caller, organization: str, application: str, delta: str, name: str
) -> StoredDelta:
    """Change the name of a delta. Errors: NotFoundError; InvalidInputError, also if it is archived."""
    _check_name(name, "the body")
    return _changed(server, caller, organization, application, delta, lambda found: replace(found, name=name))


def move_delta(
    server: Server, caller: Caller, organization: str, application: str, delta: str, environment: str
) -> StoredDelta:
    """Associate a delta with another environment. Errors: NotFoundError; InvalidInputError, also if it is archived."""
    check_short_id(environment, "the body")
    return _changed(
        server, caller, organization, application, delta, lambda found: replace(found, environment=environment)
    )


def archive_delta(
    server: Server, caller: Caller, organization: str, application: str, delta: str, *, archived: bool
) -> StoredDelta:
    """Archive a delta, or take it out of the archive. Errors: NotFoundError."""
    return _changed(
        server,
        caller,
        organization,
        application,
        delta,
        lambda found: replace(found, is_archived=archived),
        action="delta.archived" if archived else "delta.unarchived",
        also_archived=True,
    )


def require_delta(
    transaction: Transaction, organization: str, application: str, delta: str, *, lock: bool = False
) -> StoredDelta:
    """Return a delta. Errors: NotFoundError for it or its application."""
    require_application(transaction, organization, application)
    found = transaction.deployment_deltas.find(organization, application, delta, lock=lock)
    if found is None:
        raise NotFoundError(f"delta {delta!r} does not exist", fix="list the deltas of the application")
    return found


def _changed(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    delta: str,
    change: Callable[[StoredDelta], StoredDelta],
    status: int = 204,
    *,
    action: str = "delta.updated",
    also_archived: bool = False,
) -> StoredDelta:
    """Store what `change` makes of a delta. Whoever is not its creator becomes a contributor."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = require_delta(transaction, organization, application, delta, lock=True)
        if found.is_archived and not also_archived:
            raise InvalidInputError(
                "the delta is archived, and archived deltas do not change", fix="take it out of the archive first"
            )
        contributors = found.contributors
        if caller.user.id not in {found.created_by, *contributors}:
            contributors = (*contributors, caller.user.id)
        changed = replace(change(found), contributors=contributors, changed_at=transaction.now)
        transaction.deployment_deltas.update(changed)
        _enter(transaction, caller, changed, action, status)
    return changed


def _enter(transaction: Transaction, caller: Caller, delta: StoredDelta, action: str, status: int) -> None:
    content = delta.delta
    entry = caller.entry(
        transaction.now,
        action,
        f"{delta.application}/{delta.id}",
        status=status,
        environment=delta.environment or "",
        added=tuple(sorted(content.add))[:_MOST_NAMES],
        removed=tuple(sorted(content.remove))[:_MOST_NAMES],
        updated=tuple(sorted(content.update))[:_MOST_NAMES],
    )
    transaction.audit.append(entry)


def _check_name(name: str, where: str) -> None:
    if len(name) > _LONGEST_NAME:
        raise InvalidInputError(f"it is longer than {_LONGEST_NAME} characters", where=where, fix="shorten it")
