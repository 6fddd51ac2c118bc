"""Where states are kept: sealed in versions, one lock a state, and one access for each attempt of a run.

Rules: a write needs an access that is alive and may write, and the lock; another lineage, a lower serial, and another
content with the same serial are refused. A new attempt ends the accesses of the attempts before it. The lock of an
access that has ended or expired is free, so a run that was killed blocks nobody for longer than its lease. Whoever is
the first counts: another run that takes the lock, or the expired access that is renewed. A fact and its audit entry are
one transaction, and an answer follows its commit.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Final

from leastway.audit import Actor, Detail, Entry, Outcome
from leastway.custody import Custody
from leastway.errors import LeastwayError
from leastway.orchestrator.states.keys import RefusedStateError, StateKey, StateTicket, state_place
from leastway.ports import SecretPlace
from leastway.primitives import Secret
from leastway.store import (
    PlatformStore,
    StateAccess,
    StateLock,
    StateVersion,
    StateWriter,
    StoredState,
    Transaction,
)
from leastway.terraform import StateDocument, read_state, with_serial

__all__ = ["MOST_BYTES", "StateVault"]

MOST_BYTES: Final = 64 << 20
"""The largest state, in bytes."""
_KEPT: Final = 100
"""The versions of one state that are kept, the newest ones."""
_REMEMBERED: Final = timedelta(days=1)
"""How long an access is kept after its end, so that a run that comes too late is told why it is refused."""


class StateVault:
    """The states of all organizations. Thread-safe."""

    def __init__(self, store: PlatformStore, custody: Custody) -> None:
        self._store = store
        self._custody = custody

    # For the server, about a run.

    def open_access(self, key: StateKey, *, title: str, run: str, attempt: int, lease: timedelta) -> StateTicket:
        """Let an attempt of a run read and lock a state, and end what earlier attempts of the run may do.

        `title` says what the state is of; the first access of a state creates it. `run` is at most 36 characters.
        Errors: RefusedStateError if a later attempt of the run has an access already.
        """
        token = Secret(secrets.token_urlsafe(32))
        with self._store.writing() as transaction:
            if transaction.states.find(key.organization, key.id, lock=True) is None:
                transaction.states.add(key.organization, key.id, title[:512], transaction.now)
            transaction.states.forget_accesses(key.organization, key.id, transaction.shared_now - _REMEMBERED)
            for before in transaction.states.accesses_of(run):
                if before.attempt >= attempt:
                    raise RefusedStateError(
                        f"attempt {before.attempt} of the run has begun", where=f"run {run}", fix="begin a later one"
                    )
                self._end(transaction, before)
            expires_at = transaction.shared_now + lease
            access = StateAccess(
                _digest(token), key.organization, key.id, run, attempt, may_write=False, expires_at=expires_at
            )
            transaction.states.add_access(access)
        return StateTicket(token, expires_at)

    def renew(self, run: str, attempt: int, lease: timedelta) -> bool:
        """Move the end of an attempt's lease; return False if it has ended or another run may have taken its place.

        A lease that expired while no server was there goes on if nobody has taken the lock since.
        """
        with self._store.writing() as transaction:
            for access in transaction.states.accesses_of(run):
                if access.attempt == attempt and self._may_go_on(transaction, access):
                    transaction.states.change_access(access.digest, expires_at=transaction.shared_now + lease)
                    return True
        return False

    def permit_writes(
        self, run: str, attempt: int, *, permitted: bool = True, within: Transaction | None = None
    ) -> bool:
        """Let an attempt write, which it needs to apply a plan; return False if it has ended or expired."""
        with self._writing(within) as transaction:
            for access in transaction.states.accesses_of(run):
                if access.attempt == attempt and access.is_alive(transaction.shared_now):
                    transaction.states.change_access(access.digest, may_write=permitted)
                    return True
        return False

    def end(self, run: str, *, within: Transaction | None = None) -> None:
        """End what every attempt of a run may do, and free its lock."""
        with self._writing(within) as transaction:
            for access in transaction.states.accesses_of(run):
                self._end(transaction, access)

    def rescue(self, run: str, attempt: int, content: bytes) -> StateVersion | None:
        """Store the state that Terraform could not send and left in `errored.tfstate`; None if it is the current one.

        The rules are those of `write`, except that the lock may be free. Errors: RefusedStateError.
        """
        with self._store.reading() as transaction:
            found = [each for each in transaction.states.accesses_of(run) if each.attempt == attempt]
        if not found:
            raise _no_access()
        return self._write(found[0].digest, None, content)

    # For the backend, by the digest of a token.

    def read(self, token: Secret) -> bytes | None:
        """Return the current state, or None before the first write. Errors: RefusedStateError."""
        with self._store.reading() as transaction:
            access = self._access(transaction, _digest(token))
            key = StateKey(access.organization, access.state)
            stored = transaction.states.find(key.organization, key.id)
            if stored is None:
                raise _no_access()
            if stored.current is None:
                return None
            return self._open(transaction, key, stored.current.version)

    def lock(self, token: Secret, lock: str, info: str) -> StateLock | None:
        """Take the lock, and return None; if another one holds it, return that one. Errors: RefusedStateError."""
        with self._store.writing() as transaction:
            access = self._access(transaction, _digest(token), lock=True)
            held = transaction.states.lock_of(access.organization, access.state)
            if held is not None:
                if held.access == access.digest and held.lock == lock:
                    return None
                holder = transaction.states.access(held.access)
                if holder is not None and holder.is_alive(transaction.shared_now):
                    return held
                transaction.audit.append(_freed(transaction, access, held))
            taken = StateLock(lock, access.digest, access.run, info, transaction.now)
            transaction.states.set_lock(access.organization, access.state, taken)
        return None

    def unlock(self, token: Secret, lock: str | None) -> StateLock | None:
        """Free the lock if the access holds it, and return None, also if it is free; else return the one that does.

        `lock` is None for `terraform force-unlock`, which names none. Errors: RefusedStateError.
        """
        with self._store.writing() as transaction:
            access = self._access(transaction, _digest(token), lock=True)
            held = transaction.states.lock_of(access.organization, access.state)
            if held is None:
                return None
            if held.access != access.digest or lock not in (None, held.lock):
                return held
            transaction.states.set_lock(access.organization, access.state, None)
        return None

    def write(self, token: Secret, lock: str, content: bytes) -> StateVersion | None:
        """Store a new version under the lock; return None if it is the current one already.

        Errors: RefusedStateError; InvalidInputError if it is not a state.
        """
        return self._write(_digest(token), lock, content)

    def refused(self, token: Secret, reason: str) -> None:
        """Record that a request of an access was refused. A token that is not known is not recorded."""
        with self._store.writing() as transaction:
            access = transaction.states.access(_digest(token))
            if access is not None:
                details: dict[str, Detail] = {"run": access.run, "attempt": access.attempt, "reason": reason}
                entry = Entry(
                    access.organization,
                    transaction.now,
                    Actor(),
                    "state.refused",
                    access.state,
                    Outcome.REFUSED,
                    details,
                )
                transaction.audit.append(entry)

    # For people, by organization and id.

    def content(self, transaction: Transaction, key: StateKey, version: int) -> bytes:
        """Return a version. Errors: DamagedError if it does not open; LeastwayError if it is no longer kept."""
        return self._open(transaction, key, version)

    def restore(self, transaction: Transaction, key: StateKey, version: int, user: str) -> StateVersion:
        """Make an earlier version the current one, as a new version with a serial above all.

        Errors: RefusedStateError if a run holds the lock, or the version is not kept.
        """
        stored = transaction.states.find(key.organization, key.id, lock=True)
        earlier = transaction.states.version(key.organization, key.id, version)
        if stored is None or stored.current is None or earlier is None:
            raise RefusedStateError(
                f"version {version} is not kept", where=_where(key), fix="choose one of the versions that are listed"
            )
        self._check_free(transaction, key)
        highest = max(each.serial for each in transaction.states.versions(key.organization, key.id))
        content = with_serial(self._open(transaction, key, version), highest + 1)
        writer = StateWriter(user=user, restored_from=version)
        return self._add(transaction, key, stored, content, read_state(content), writer)

    def forget_empty(self, transaction: Transaction, organization: str, place: tuple[str, str | None]) -> int:
        """Delete the states of an application (and environment) that list no resource; return how many.

        The others stay: what they list may still exist. Errors: RefusedStateError if a run holds a lock.
        """
        count = 0
        for each in transaction.states.of_place(organization, *place):
            key = StateKey(organization, each)
            stored = transaction.states.find(organization, each, lock=True)
            self._check_free(transaction, key)
            if stored is None or (stored.current is not None and not self._is_empty(transaction, key, stored.current)):
                continue
            transaction.states.delete(organization, each)
            transaction.secrets.delete(state_place(key, 1).holder)
            count += 1
        return count

    def _writing(self, within: Transaction | None) -> AbstractContextManager[Transaction]:
        return self._store.writing() if within is None else nullcontext(within)

    def _is_empty(self, transaction: Transaction, key: StateKey, version: StateVersion) -> bool:
        document = read_state(self._open(transaction, key, version.version))
        return not document.is_encrypted and not document.content.get("resources")

    def _check_free(self, transaction: Transaction, key: StateKey) -> None:
        held = transaction.states.lock_of(key.organization, key.id)
        holder = None if held is None else transaction.states.access(held.access)
        if holder is not None and holder.is_alive(transaction.shared_now):
            raise RefusedStateError(
                f"run {holder.run} holds its lock",
                where=_where(key),
                fix="wait until that run has ended, or cancel it",
            )

    def _write(self, digest: bytes, lock: str | None, content: bytes) -> StateVersion | None:
        if len(content) > MOST_BYTES:
            raise RefusedStateError(
                f"the state has more than {MOST_BYTES >> 20} MiB", fix="divide the module into smaller ones"
            )
        document = read_state(content)
        with self._store.writing() as transaction:
            access = self._access(transaction, digest, lock=True)
            key = StateKey(access.organization, access.state)
            stored = transaction.states.find(key.organization, key.id)
            if stored is None:
                raise _no_access()
            self._check_lock(transaction, access, lock)
            current = stored.current
            if current is not None:
                if document.lineage != current.lineage:
                    raise RefusedStateError(
                        "the state has another lineage than the current one",
                        where=_where(key),
                        fix="plan again from the current state; an owner can restore an earlier version",
                    )
                if document.serial < current.serial:
                    raise RefusedStateError(
                        f"the state has serial {document.serial}, and the current one has {current.serial}",
                        where=_where(key),
                        fix="plan again from the current state",
                    )
                if document.serial == current.serial:
                    if self._open(transaction, key, current.version) == content:
                        return None
                    raise RefusedStateError(
                        f"the current state has serial {current.serial} too, and another content",
                        where=_where(key),
                        fix="plan again from the current state",
                    )
            return self._add(transaction, key, stored, content, document, StateWriter(run=access.run))

    def _check_lock(self, transaction: Transaction, access: StateAccess, lock: str | None) -> None:
        key = StateKey(access.organization, access.state)
        if not access.may_write:
            raise RefusedStateError(
                "the run does not apply a plan now", where=_where(key), fix="write the state while a plan is applied"
            )
        held = transaction.states.lock_of(access.organization, access.state)
        if lock is None:
            if held is None or held.access == access.digest:
                return
            holder = transaction.states.access(held.access)
            if holder is None or not holder.is_alive(transaction.shared_now):
                return
        elif held is not None and held.access == access.digest and held.lock == lock:
            return
        raise RefusedStateError(
            "the lock of the state is free" if held is None else "another one holds the lock of the state",
            where=_where(key),
            fix="plan again, and write under the lock",
        )

    def _add(
        self,
        transaction: Transaction,
        key: StateKey,
        stored: StoredState,
        content: bytes,
        document: StateDocument,
        writer: StateWriter,
    ) -> StateVersion:
        holder = state_place(key, 1).holder
        place = SecretPlace(holder, transaction.secrets.next_version(holder))
        transaction.secrets.add(self._custody.seal(place, Secret(content.decode())), writer.run or writer.user or "")
        version = StateVersion(place.version, document.lineage, document.serial, len(content), transaction.now, writer)
        transaction.states.add_version(key.organization, key.id, version)
        oldest = replace(place, version=place.version - _KEPT + 1)
        transaction.states.delete_versions_before(key.organization, key.id, oldest.version)
        transaction.secrets.delete_before(oldest)
        if writer.run is not None:
            details: dict[str, Detail] = {
                "run": writer.run,
                "version": version.version,
                "version_before": 0 if stored.current is None else stored.current.version,
                "lineage": version.lineage,
                "serial": version.serial,
                "size": version.size,
            }
            transaction.audit.append(
                Entry(key.organization, transaction.now, Actor(), "state.written", key.id, details=details)
            )
        return version

    def _open(self, transaction: Transaction, key: StateKey, version: int) -> bytes:
        sealed = transaction.secrets.sealed(state_place(key, version))
        if sealed is None:
            raise LeastwayError(
                f"version {version} of the state is not in the database",
                where=_where(key),
                fix="restore the database from a backup; find out who can write to it",
            )
        return self._custody.open(sealed).reveal().encode()

    def _access(self, transaction: Transaction, digest: bytes, *, lock: bool = False) -> StateAccess:
        """Return an access that is alive; with `lock`, nobody changes its state or ends it until the commit."""
        access = transaction.states.access(digest)
        if access is not None and lock:
            transaction.states.find(access.organization, access.state, lock=True)
            access = transaction.states.access(digest)
        if access is None:
            raise _no_access()
        if not access.is_alive(transaction.shared_now):
            raise RefusedStateError(
                "the run's access to its state has ended" if access.ended_at else "the run's lease has expired",
                where=f"run {access.run}, attempt {access.attempt}",
                fix="start the run again: it continues from the last state",
            )
        return access

    def _may_go_on(self, transaction: Transaction, access: StateAccess) -> bool:
        """Return whether an access is alive, or has expired without a loss: it has the lock, or needed none yet."""
        if access.ended_at is not None or access.is_alive(transaction.shared_now):
            return access.ended_at is None
        transaction.states.find(access.organization, access.state, lock=True)
        held = transaction.states.lock_of(access.organization, access.state)
        return not access.may_write if held is None else held.access == access.digest

    def _end(self, transaction: Transaction, access: StateAccess) -> None:
        transaction.states.find(access.organization, access.state, lock=True)
        transaction.states.change_access(access.digest, ended_at=transaction.shared_now)
        held = transaction.states.lock_of(access.organization, access.state)
        if held is not None and held.access == access.digest:
            transaction.states.set_lock(access.organization, access.state, None)
            transaction.audit.append(_freed(transaction, access, held))


def _freed(transaction: Transaction, access: StateAccess, held: StateLock) -> Entry:
    """Return the entry for a lock whose run did not free it itself."""
    details: dict[str, Detail] = {"run": held.run, "lock": held.lock, "locked_at": held.locked_at.isoformat()}
    return Entry(access.organization, transaction.now, Actor(), "state.lock-freed", access.state, details=details)


def _digest(token: Secret) -> bytes:
    return hashlib.sha256(token.reveal().encode()).digest()


def _where(key: StateKey) -> str:
    return f"state {key.organization}/{key.id}"


def _no_access() -> RefusedStateError:
    return RefusedStateError("there is no access to a state with this token", fix="use the token of a run")
