"""Turning kill switches on and off, durably, with their audit entries.

Turning on acts first in the memory of this process, then in the database, which tells every other process. While the
database cannot be written the switch stays on in memory, and is written when that works again. Other processes hand out
nothing in that time, since no entry can be committed.
"""

from __future__ import annotations

import logging
import threading
import uuid
from dataclasses import dataclass
from typing import assert_never

from leastway.broker.gate import Gate
from leastway.broker.recording import Enter
from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Arn, Clock
from leastway.sessions import KillSwitch, Scope, Session, family_of
from leastway.store import PlatformStore, Transaction

__all__ = ["Switched", "Switching"]

_log = logging.getLogger("leastway.broker")


@dataclass(frozen=True, slots=True)
class Switched:
    """A switch that was turned on. `is_durable` is false while it is on in the memory of this process alone.

    `ended` are the sessions that the server no longer uses. Those in `handed_out` left it before: until they expire,
    only a revocation on AWS ends them. `is_target_known` is false if nothing of this name exists, which is likely a
    typing error; None where nobody can say: for a role, which need not be listed, and without the database.
    """

    switch: KillSwitch
    is_durable: bool
    ended: tuple[Session, ...] = ()
    handed_out: tuple[Session, ...] = ()
    is_target_known: bool | None = None


class Switching:
    """Turns switches on and off. Thread-safe."""

    def __init__(self, store: PlatformStore, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._lock = threading.Lock()
        self._unwritten: dict[str, tuple[KillSwitch, Enter]] = {}

    def turn_on(
        self, scope: Scope, *, organization: str | None, target: str | None, reason: str, by: str, enter: Enter
    ) -> Switched:
        """Turn a switch on, at once.

        Errors: InvalidInputError for a scope that lacks something, and for a role that cannot be one.
        """
        if scope is Scope.ROLE and target is not None and not _is_role(target):
            raise InvalidInputError(
                "it is not the ARN of an IAM role, so the switch would stop nothing",
                where="target",
                fix="write arn:aws:iam::...:role/..., with the role's path",
            )
        switch = KillSwitch(str(uuid.uuid4()), scope, organization, target, reason, self._clock.now(), by)
        self._gate.hold(switch)
        with self._lock:
            self._unwritten[switch.id] = switch, enter
        try:
            return self._write(switch, enter)
        except LeastwayError as error:
            _log.error("a kill switch is on in this process only, because the store cannot be written: %s", error)
            return Switched(switch, is_durable=False)

    def turn_off(self, identifier: str, *, organization: str | None, by: str, enter: Enter) -> KillSwitch | None:
        """Turn a switch off; return it, or None if it is off already or unknown.

        A switch for everything, or of another organization, is unknown unless `organization` is None.
        Errors: LeastwayError if the store cannot be written: the switch stays on.
        """
        with self._store.writing() as transaction:
            found = next((one for one in transaction.switches.on() if one.id == identifier), None)
            if found is None or organization not in (None, found.organization):
                return None
            transaction.switches.turn_off(identifier, at=transaction.now, by=by)
            transaction.audit.append(enter(transaction.now, "kill-switch.off", found.what, status=204, id=found.id))
        self._look()
        return found

    def settle(self) -> None:
        """Write the switches that are on in memory alone. Errors: LeastwayError if that still fails."""
        with self._lock:
            unwritten = tuple(self._unwritten.values())
        for switch, enter in unwritten:
            try:
                self._write(switch, enter)
            except LeastwayError:
                with self._lock:  # the others come first the next time, in case it is the switch that cannot be written
                    if (failed := self._unwritten.pop(switch.id, None)) is not None:
                        self._unwritten[switch.id] = failed
                raise
        if self._gate.held:
            self._release()

    def _write(self, switch: KillSwitch, enter: Enter) -> Switched:
        with self._store.writing() as transaction:
            if transaction.switches.find(switch.id) is None:
                made = _turned_on(transaction, switch, enter)
            else:  # the answer to an earlier commit was lost
                made = Switched(switch, is_durable=True)
        with self._lock:
            self._unwritten.pop(switch.id, None)
        self._release()
        return made

    def _release(self) -> None:
        """Let go of what the database has, once this process has read it from there."""
        if self._look():
            for one in self._gate.held:
                if one.id not in self._unwritten:
                    self._gate.release(one.id)

    def _look(self) -> bool:
        try:
            self._gate.look()
        except LeastwayError as error:  # the watcher and the next hand-out look again
            _log.warning("the kill switches could not be read again: %s", error)
            return False
        return True


def _turned_on(transaction: Transaction, switch: KillSwitch, enter: Enter) -> Switched:
    """Store a switch with its entry, and end what it stops."""
    transaction.switches.turn_on(switch)
    ended = _end(transaction, switch)
    handed_out = tuple(one for one in ended if one.handed_out_at is not None)
    entry = enter(
        transaction.now,
        "kill-switch.on",
        switch.what,
        status=200,
        id=switch.id,
        scope=switch.scope.value,
        reason=switch.reason,
        on_at=switch.on_at.isoformat(),
        ended_sessions=len(ended),
        handed_out=len(handed_out),
    )
    transaction.audit.append(entry)
    return Switched(switch, True, ended, handed_out, True if ended else _is_known(transaction, switch))


def _is_role(target: str) -> bool:
    try:
        role = Arn.parse(target)
    except InvalidInputError:
        return False
    return (role.service, role.resource_type) == ("iam", "role") and role.resource != "role"


def _is_known(transaction: Transaction, switch: KillSwitch) -> bool | None:
    """Return whether what the switch stops exists, or None where nobody can say."""
    organization, target = switch.organization, switch.target
    match switch.scope:
        case Scope.EVERYTHING:
            return True
        case Scope.ROLE:
            return None
        case Scope.ORGANIZATION:
            return transaction.tenants.find_organization(organization or "") is not None
        case Scope.ACCOUNT:
            return transaction.accounts.find(organization or "", target or "") is not None
        case Scope.DEFINITION:
            return transaction.definitions.find(organization or "", target or "", with_deleted=True) is not None
    assert_never(switch.scope)


def _end(transaction: Transaction, switch: KillSwitch) -> tuple[Session, ...]:
    """End the sessions that the switch stops, with those chained from them; return them."""
    unexpired = transaction.sessions.unexpired(transaction.now)
    family = family_of((one.id for one in unexpired if switch.stops(one.subject)), unexpired)
    transaction.sessions.end(family, transaction.now, f"kill switch {switch.id}")
    return tuple(one for one in unexpired if one.id in family)
