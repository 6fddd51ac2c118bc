"""The attempts of this process, by run.

1. An attempt begins with a lease in the database. Another attempt that holds it is waited for.
2. Its lease, its number and its supervisor's token are in a file of the run's folder, for this server alone. A server
   that finds the file, a lease that is still held and a supervisor that lives takes the attempt up again.
3. Whoever takes a run up stores the calls that its page lacks (`missing_calls`), before anything asks for them.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from leastway.errors import LeastwayError
from leastway.gateway.control import ControlServer
from leastway.orchestrator.attempt import Attempt, AttemptParts
from leastway.orchestrator.attempt_record import (
    AttemptRecord,
    began_at,
    end_left,
    end_process,
    is_alive,
    is_left,
    read_record,
)
from leastway.orchestrator.authority import LEASE
from leastway.orchestrator.folders import RECORD, make_passable_folder
from leastway.orchestrator.missing_calls import add_missing_calls
from leastway.orchestrator.procedure import CancelledError
from leastway.ports import WaitingError
from leastway.primitives import Secret
from leastway.registry import Run
from leastway.store import PlatformStore

__all__ = ["Attempts", "Preparation"]

_log = logging.getLogger("leastway.runs")

_ASK_AGAIN: Final = timedelta(seconds=2)
"""After how long a run whose attempt works elsewhere is handed back, at most.

Any process may get work that goes on, such as a run that was approved, and only the one with its attempt can do it.
"""


class Preparation(Protocol):
    """Makes the parts of an attempt."""

    def __call__(
        self, run: Run, lease: str, state_token: Secret | None, killed: Callable[[str], None], /
    ) -> tuple[AttemptParts, Secret]:
        """Return the parts and the token of the state: a new one, or the one of an attempt that is taken up."""
        ...


Spawn = Callable[[Run, Secret], int]
"""Starts the supervisor of a run, which dials the control socket with the token; returns its process id."""


class Attempts:
    """The attempts of this process. Thread-safe."""

    def __init__(
        self,
        store: PlatformStore,
        folder: Path,
        control: ControlServer,
        prepare: Preparation,
        spawn: Spawn,
        grace: float,
    ) -> None:
        self._store = store
        self._folder = folder
        self._control = control
        self._prepare = prepare
        self._spawn = spawn
        self.grace = grace
        self.is_stopping = False
        self._open: dict[str, Attempt] = {}
        self._lock = threading.Lock()

    def folder_of(self, run: str) -> Path:
        """Return the folder of a run, which only this server may enter."""
        return self._folder / run

    def find(self, run: str) -> Attempt | None:
        """Return the attempt that works here."""
        with self._lock:
            return self._open.get(run)

    def current(self, run: str) -> Attempt:
        """Return the attempt that works here, or a new one.

        Its supervisor dials meanwhile. Errors: WaitingError while another attempt holds the lease; LeastwayError if no
        supervisor can be started.
        """
        found = self.find(run)
        if found is not None and not found.is_given_up and _may_work(found):
            return found
        if found is not None:
            self._give_up(found)
        return self._new(run)

    def forget(self, attempt: Attempt) -> None:
        """Answer the gateway of an attempt no more."""
        self._control.forget(attempt.run.id)
        with self._lock:
            if self._open.get(attempt.run.id) is attempt:
                del self._open[attempt.run.id]
        with contextlib.suppress(OSError):
            (attempt.folder / RECORD).unlink()

    def end(self, run: str) -> str | None:
        """End what works in a run, and return its lease, which the caller gives up."""
        found = self.find(run)
        if found is None:
            return None
        self._end(found)
        return found.lease

    def close(self) -> None:
        """Let every attempt be taken up by the next server: nothing is ended here."""
        self.is_stopping = True
        with self._lock:
            attempts = list(self._open.values())
            self._open.clear()
        for one in attempts:
            self._control.forget(one.run.id)
            one.parts.authority.close()

    def take_up(self) -> None:
        """Expect the supervisors that a killed server left here, before any is answered."""
        for folder in sorted(self._folder.iterdir()):
            record = read_record(folder / RECORD)
            if record is None:
                continue
            try:
                self._take_up(folder.name, record)
            except LeastwayError as error:
                _log.warning("run %s cannot be taken up, and begins another attempt: %s", folder.name, error)

    def _take_up(self, run: str, record: AttemptRecord) -> None:
        with self._store.writing() as transaction:
            known = transaction.runs.find(run)
            is_mine = known is not None and transaction.runs.take_lease(
                run, record.lease, transaction.shared_now + LEASE, transaction.shared_now
            )
        if known is None or not is_mine or not is_left(record):
            end_left(record)
            if is_mine:  # nothing works in this attempt any more, so that the next one need not wait
                with self._store.writing() as transaction:
                    transaction.runs.give_up_lease(run, record.lease)
            return
        add_missing_calls(self._store, known)
        attempt = self._opened(known, record.lease, Secret(record.token), Secret(record.state))
        attempt.began_at, attempt.pid, attempt.has_come = record.began_at, record.pid, True
        attempt.ordered.update(record.ordered)
        attempt.parts.authority.own_until = record.own_until
        attempt.journal.say("", "the server is back, and goes on with the run")

    def _new(self, run: str) -> Attempt:
        lease = str(uuid.uuid4())
        with self._store.writing() as transaction:
            now = transaction.shared_now
            is_mine = transaction.runs.take_lease(run, lease, now + LEASE, now)
            known = transaction.runs.find(run)
            assert known is not None  # noqa: S101 - runs are never deleted
            if known.status.is_end:
                raise CancelledError("before it began: nothing had to be interrupted")
            if not is_mine:
                left = (known.lease_until or now + _ASK_AGAIN) - now
                until = transaction.now + min(left, _ASK_AGAIN)
                raise WaitingError("another attempt holds the lease of the run", until=until)
            transaction.runs.change(run, attempt=known.attempt + 1)
        try:
            return self._begun(known, lease)
        except BaseException:
            self._give_up_lease(run, lease)  # nothing works in it, so that the next one need not wait
            raise

    def _begun(self, known: Run, lease: str) -> Attempt:
        if known.attempt:
            add_missing_calls(self._store, known)
        known = replace(known, attempt=known.attempt + 1)
        make_passable_folder(self.folder_of(known.id))
        token = Secret(secrets.token_urlsafe(32))
        attempt = self._opened(known, lease, token, None)
        if known.attempt > 1:
            before = f"the supervisor of attempt {known.attempt - 1} has ended, or its folder is on another machine"
            attempt.journal.say("", f"attempt {known.attempt} begins: {before}")
        try:
            pid = self._spawn(known, token)
            attempt.began_at, attempt.pid = began_at(pid), pid  # in this order, because another thread reads them
            attempt.keep()
        except BaseException:
            self._end(attempt)
            raise
        return attempt

    def _give_up(self, attempt: Attempt) -> None:
        self._end(attempt)
        self._give_up_lease(attempt.run.id, attempt.lease)

    def _give_up_lease(self, run: str, lease: str) -> None:
        with self._store.writing() as transaction:
            transaction.runs.give_up_lease(run, lease)

    @staticmethod
    def _end(attempt: Attempt) -> None:
        attempt.close()
        if attempt.pid is not None:
            end_process(attempt.pid, attempt.began_at)

    def _opened(self, run: Run, lease: str, token: Secret, state_token: Secret | None) -> Attempt:
        def killed(reason: str) -> None:
            attempt.kill(reason)

        parts, state = self._prepare(run, lease, state_token, killed)
        attempt = Attempt(run, lease, self.folder_of(run.id), parts, state, self, _token=token)
        parts.authority.open()  # from now on a switch may kill it
        with self._lock:
            self._open[run.id] = attempt
        self._control.expect(run.id, token, attempt.terms, parts.authority, attempt)
        return attempt


def _may_work(attempt: Attempt) -> bool:
    """Return whether the supervisor of an attempt lives, or does not run yet."""
    return attempt.pid is None or is_alive(attempt.pid, attempt.began_at)
