"""Keeps the logs going: compares them with their records at the start, records each checkpoint, and publishes it.

On SQLite the ledger sequences within its own transaction, and this thread only records. On a shared database this
thread sequences too, after the ledgers of all processes have committed, and follows what other processes sequence. A
process without a sequencer only follows; if nobody else sequences, that is its `problem`, and entries stay pending.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Self

from leastway.broker.logs.records import Record, Records
from leastway.broker.logs.sequencer import Sequenced, Sequencer, is_published_beginning
from leastway.errors import LeastwayError
from leastway.store import Membership, NewEntry, PlatformStore, Transaction

__all__ = ["LogKeeper"]

_log = logging.getLogger("leastway.audit")

_PAUSE = 0.1
"""Seconds between two rounds: as long may a published checkpoint be behind the log."""
_FOLLOW = 1.0
"""Seconds between two looks at what other processes have sequenced."""
_LOOK = 0.05
"""Seconds between two looks of a busy ledger at pending entries of other transactions."""
_LATE = 10.0
"""Seconds after which an entry should have a position."""
_OVERLAP = timedelta(seconds=60)
"""How long the transaction of another process may take from its time to its commit."""
_TURN_PATIENCE = 600
"""Attempts to get the turn at the start, one a pause."""
_TURN_AT_END = 5.0
"""Seconds that a process that ends waits for another one that gives positions."""


class LogKeeper:
    """The logs of one database, from `start` to `close`."""

    def __init__(
        self,
        store: PlatformStore,
        sequencer: Sequencer | None,
        records: Records,
        *,
        pause: float = _PAUSE,
        on_published: Callable[[Record], None] | None = None,
    ) -> None:
        """Keep the logs of `store`. `on_published` is called on the keeper's thread with each new checkpoint."""
        self._store = store
        self._sequencer = sequencer
        self._records = records
        self._pause = pause
        self._on_published = on_published
        self._membership: Membership | None = None
        self._waiting: dict[str, Record] = {}
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-logs", daemon=True)
        self._followed: datetime | None = None
        self._looked = 0.0
        self._oldest: int | None = None
        self._oldest_since = 0.0
        self._next_follow = 0
        self.problem: str | None = None
        """Why the last round failed; None after a good one."""

    def start(self) -> Self:
        """Compare the logs with their records, then run. Errors: LeastwayError if one cannot be read."""
        try:
            self._compare()
        except BaseException:  # there is nothing to close yet
            if self._membership is not None:
                self._membership.leave()
            raise
        self._thread.start()
        return self

    def close(self) -> None:
        """Sequence and record what is left, record what others have sequenced, and end."""
        self._closing.set()
        self._work.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._membership is not None:
            self._membership.leave()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.close()

    def published(self, organization: str) -> Record | None:
        """Return the checkpoint that may be served: the last one that is recorded."""
        return self._records.last(organization)

    def append(self, transaction: Transaction, entries: list[NewEntry]) -> Sequenced | None:
        """Append entries in the ledger's transaction; on a database with one writer, with their positions.

        The caller passes the result to `accept` once the transaction is committed.
        """
        if self._store.is_shared or self._sequencer is None:
            transaction.audit.append_rows(entries)
            return None
        now = time.monotonic()
        only_fresh = bool(entries) and now - self._looked < _LOOK
        if not only_fresh:
            self._looked = now
        return self._sequencer.sequence(transaction, entries, only_fresh=only_fresh)

    def accept(self, sequenced: Sequenced | None) -> None:
        """Go on from what was committed, and record it soon."""
        if sequenced is not None and self._sequencer is not None:
            self._sequencer.accept(sequenced)
            self._offer(sequenced)
        self._work.set()

    def _offer(self, sequenced: Sequenced) -> None:
        for origin, reason in sequenced.began:
            _log.warning("a new audit log began: %s (%s)", origin, reason)
        with self._lock:
            self._waiting |= {record.organization: record for record in sequenced.records}

    def _compare(self) -> None:
        """Join the other processes, and compare every log with its record, on one process at a time.

        A process that does not sequence does not join: it has compared nothing that a later one could rely on.
        """
        if self._sequencer is None:
            return
        if self._membership is not None:
            self._membership.leave()
        self._membership = self._store.join()
        trust = not self._membership.was_alone
        for step in (self._sequencer.end, self._sequencer.start):
            sequenced = self._with_turn(partial(step, trust=trust))
            self._sequencer.accept(sequenced)
            self._offer(sequenced)
            self._record()

    def _with_turn(self, step: Callable[[Transaction], Sequenced]) -> Sequenced:
        for _ in range(_TURN_PATIENCE):
            with self._store.writing() as transaction:
                if transaction.audit.take_turn():
                    return step(transaction)
            self._closing.wait(self._pause)
        raise LeastwayError(
            "another process is adding entries to the audit log and does not finish its transaction",
            fix="check the other processes of this database, then start again",
        )

    def _run(self) -> None:
        while not self._closing.is_set():
            self._work.wait(self._pause)
            self._work.clear()
            self._round()
            self._closing.wait(self._pause)
        self._next_follow = 0  # a log without a record here would begin anew if this process were the first to return
        self._round(_TURN_AT_END)

    def _round(self, patience: float = 0.0) -> None:
        """Do what there is to do; what fails now is done in a later round. `patience` as in `_sequence`."""
        try:
            if self._store.is_shared:
                if self._sequencer is None:
                    self._check_that_others_sequence()
                else:
                    if self._membership is None or not self._membership.is_held():
                        self._compare()
                    self._sequence(self._sequencer, patience)
                self._follow()
            self._record()
        except LeastwayError as error:
            if self.problem is None:
                _log.error("the audit log is behind: %s", error.what)
            self.problem = error.what
        except Exception:  # noqa: BLE001 - the thread goes on, or nothing would be sequenced any more
            self.problem = "unexpected error"
            _log.exception("the audit log is behind")
        else:
            self.problem = None

    def _sequence(self, sequencer: Sequencer, patience: float) -> None:
        """Give pending entries their positions; wait for another process that does so for `patience` seconds."""
        give_up = time.monotonic() + patience
        is_complete = False
        while not is_complete:
            with self._store.writing() as transaction:
                sequenced = sequencer.sequence(transaction)
            if sequenced is None:
                if time.monotonic() >= give_up:
                    return
                time.sleep(self._pause)
                continue
            sequencer.accept(sequenced)
            self._offer(sequenced)
            is_complete = sequenced.is_complete

    def _check_that_others_sequence(self) -> None:
        """Errors: LeastwayError if the oldest entry has been pending for too long."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        with self._store.reading() as transaction:
            oldest = next((one.id for one in transaction.audit.pending(1)), None)
        if oldest is None or oldest != self._oldest:
            self._oldest, self._oldest_since = oldest, now
        elif now - self._oldest_since > _LATE:
            raise LeastwayError(
                "no process gives entries their positions", fix="start one with --role signer or --role all"
            )

    def _follow(self) -> None:
        """Record what other processes have sequenced."""
        self._next_follow -= 1
        if self._next_follow > 0:
            return
        self._next_follow = max(1, round(_FOLLOW / (2 * self._pause)))
        with self._store.reading() as transaction:
            now = transaction.shared_now
            for organization, head in transaction.audit.heads(since=self._followed).items():
                record = self._records.last(organization)
                new = Record(organization, head.number, head.checkpoint)
                if new == record or not is_published_beginning(transaction, head, record):
                    continue
                with self._lock:
                    self._waiting.setdefault(organization, new)
        self._followed = now - _OVERLAP

    def _record(self) -> None:
        """Write the records of the newest checkpoints, after which they count as published."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        while waiting:
            organization, record = next(iter(waiting.items()))
            try:
                self._records.write(record)
            except LeastwayError:
                with self._lock:
                    self._waiting = waiting | self._waiting
                raise
            del waiting[organization]
            if self._on_published is not None:
                self._on_published(record)
