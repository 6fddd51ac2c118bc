"""Terraform states of an organization: listed and shown with secrets masked, and revealed and restored by owners.

Every version that is revealed or restored is an entry of the audit log, in the transaction that reads or writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leastway.audit import Outcome
from leastway.errors import InvalidInputError
from leastway.orchestrator.states import RefusedStateError, StateKey, StateVault
from leastway.primitives import Secret
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.store import ConflictError, StateLock, StateVersion, StoredState, Transaction
from leastway.tenants import Permission
from leastway.terraform import masked_state, read_state

__all__ = ["ShownState", "forget_states", "read_states", "read_versions", "restore_state", "reveal_state", "show_state"]


@dataclass(frozen=True, slots=True)
class ShownState:
    """A state, the version that is shown of it, that version without secrets, and the lock, if a run holds it."""

    state: StoredState
    version: StateVersion | None
    content: dict[str, Any]
    lock: StateLock | None


def read_states(server: Server, caller: Caller, organization: str) -> tuple[StoredState, ...]:
    """Return the states of the organization, by title."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return transaction.states.of_organization(organization)


def show_state(server: Server, caller: Caller, organization: str, state: str, version: int | None = None) -> ShownState:
    """Return a version of a state, by default the current one, without secrets. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        stored = _find(transaction, organization, state)
        chosen = _version(transaction, stored, version)
        content: dict[str, Any] = {}
        if chosen is not None:
            vault, key = StateVault(server.store, server.custody), StateKey(organization, state)
            content = masked_state(read_state(vault.content(transaction, key, chosen.version)))
        held = transaction.states.lock_of(organization, state)
        holder = None if held is None else transaction.states.access(held.access)
        is_held = holder is not None and holder.is_alive(transaction.shared_now)
    return ShownState(stored, chosen, content, held if is_held else None)


def read_versions(server: Server, caller: Caller, organization: str, state: str) -> tuple[StateVersion, ...]:
    """Return the versions that are kept, the newest first. Errors: NotFoundError."""
    caller.need(Permission.OWN, organization)
    with server.store.reading() as transaction:
        _find(transaction, organization, state)
        return transaction.states.versions(organization, state)


def reveal_state(
    server: Server, caller: Caller, organization: str, state: str, version: int | None, reason: str
) -> tuple[StateVersion, Secret]:
    """Return a version as Terraform wrote it, with its secrets. Errors: NotFoundError; InvalidInputError."""
    caller.need(Permission.OWN, organization)
    _check_reason(reason)
    with server.store.writing() as transaction:
        chosen = _version(transaction, _find(transaction, organization, state), version)
        if chosen is None:
            raise _no_version(state, version)
        vault, key = StateVault(server.store, server.custody), StateKey(organization, state)
        content = vault.content(transaction, key, chosen.version)
        entry = caller.entry(
            transaction.now, "state.revealed", state, status=200, version=chosen.version, reason=reason
        )
        transaction.audit.append(entry)
    return chosen, Secret(content.decode())


def restore_state(
    server: Server, caller: Caller, organization: str, state: str, version: int, reason: str
) -> StateVersion:
    """Make an earlier version the current one, as a new version, and return that.

    Errors: NotFoundError; InvalidInputError; ConflictError while a run holds the lock.
    """
    caller.need(Permission.OWN, organization)
    _check_reason(reason)
    with server.store.writing() as transaction:
        stored = _find(transaction, organization, state)
        if _version(transaction, stored, version) is None:
            raise _no_version(state, version)
        vault, key = StateVault(server.store, server.custody), StateKey(organization, state)
        try:
            restored = vault.restore(transaction, key, version, caller.user.id)
        except RefusedStateError as error:
            raise ConflictError(error.what, where=error.where, fix=error.fix) from error
        entry = caller.entry(
            transaction.now,
            "state.restored",
            state,
            status=200,
            outcome=Outcome.DONE,
            version=restored.version,
            restored_from=version,
            version_before=0 if stored.current is None else stored.current.version,
            serial=restored.serial,
            reason=reason,
        )
        transaction.audit.append(entry)
    return restored


def forget_states(
    server: Server, transaction: Transaction, organization: str, application: str, environment: str | None = None
) -> None:
    """Delete the states of a deleted application or environment that list no resource; the others stay.

    Errors: ConflictError while a run holds the lock of one.
    """
    try:
        StateVault(server.store, server.custody).forget_empty(transaction, organization, (application, environment))
    except RefusedStateError as error:
        raise ConflictError(error.what, where=error.where, fix=error.fix) from error


def _find(transaction: Transaction, organization: str, state: str) -> StoredState:
    found = transaction.states.find(organization, state)
    if found is None:
        raise NotFoundError(f"state {state!r} does not exist", fix="list the states of the organization")
    return found


def _version(transaction: Transaction, stored: StoredState, version: int | None) -> StateVersion | None:
    if version is None:
        return stored.current
    found = transaction.states.version(stored.organization, stored.id, version) if 0 < version < 2**31 else None
    if found is None:
        raise _no_version(stored.id, version)
    return found


def _no_version(state: str, version: int | None) -> NotFoundError:
    what = "has no version yet" if version is None else f"has no version {version}"
    return NotFoundError(f"state {state!r} {what}", fix="list the versions of the state")


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > 500 or not reason.isprintable():
        raise InvalidInputError(
            "it is not a reason", where="reason", fix="write why, in one line of 1 to 500 characters"
        )
