"""The ledger: one thread in each process that commits the audit entries of all waiting requests in one transaction.

A request gives a function that decides it. The ledger begins a transaction, reads what every decision needs (the kill
switches), runs the functions of all requests that wait, commits the entries they return, and only then answers. So
nothing is handed out before its entry is durable, and a hundred requests share one commit.

A refusal needs neither database nor log: its entry is kept in memory and committed when the store works. What does not
fit there is counted, and the count is entered.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Self

from leastway.audit import Actor, Entry, Outcome
from leastway.broker.logs import LogKeeper, Sequenced
from leastway.errors import LeastwayError
from leastway.store import NewEntry, PlatformStore, Transaction

__all__ = ["Ledger", "LedgerFullError"]

_log = logging.getLogger("leastway.ledger")

_MOST_IN_BATCH = 512
_GATHER = 0.001
"""Seconds that a batch waits for requests, if the one before had more: whoever was answered asks again at once."""
_TICK = 0.25
"""Seconds between two looks at pending entries of others, and at refusals that wait."""
_LONGEST_PAUSE = 5.0
"""Seconds between two attempts to enter refusals while the store does not work."""


class LedgerFullError(LeastwayError):
    """More requests wait than the ledger accepts, or it is closed. Nothing was recorded."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request: what decides it, and who waits for its entry: a thread, or a task of a loop."""

    decide: Callable[[], Entry]
    thread: Future[Entry] | None = None
    task: asyncio.Future[Entry] | None = None

    def is_wanted(self) -> bool:
        """Whether somebody still waits."""
        if self.thread is not None:
            return self.thread.set_running_or_notify_cancel()
        return self.task is not None and not self.task.cancelled()


@dataclass(slots=True, eq=False)
class _Answer:
    waiting: _Waiting
    result: Entry | Exception


@dataclass(frozen=True, slots=True)
class _Refusals:
    """Rows to enter: the first `later` of those that wait, then the counts of those that were dropped."""

    rows: list[NewEntry]
    later: int
    dropped: Mapping[str, int]


class Ledger:
    """Commits entries. Threads use `submit`, tasks `record`; both wait for the commit."""

    def __init__(
        self,
        store: PlatformStore,
        before_batch: Callable[[Transaction], None],
        *,
        logs: LogKeeper | None = None,
        most_waiting: int = 10_000,
        most_later: int = 10_000,
    ) -> None:
        """Start the thread.

        `before_batch` runs at the start of each transaction that decides requests; if it raises, all of them fail with
        its error. `logs` gives the entries their positions; without it they stay pending.
        """
        self._store = store
        self._before_batch = before_batch
        self._logs = logs
        self._most_waiting = most_waiting
        self._most_later = most_later
        self._queue: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
        self._later: deque[NewEntry] = deque()
        self._dropped: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._is_closed = False
        self._expected = 1
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return self._waiting + sum(map(len, list(self._gathered.values())))

    @property
    def later(self) -> int:
        """How many entries of refusals wait for the store."""
        return len(self._later)

    @property
    def dropped(self) -> int:
        """How many entries of refusals were dropped, and are not counted in the log yet."""
        with self._lock:
            return self._dropped.total()

    def submit(self, decide: Callable[[], Entry]) -> Future[Entry]:
        """Decide a request on the ledger's thread and commit the entry; the future has it after the commit.

        It has the error instead if `decide` or `before_batch` raised, or the store could not commit. Errors, at once:
        LedgerFullError.
        """
        future: Future[Entry] = Future()
        self._put([_Waiting(decide, thread=future)])
        return future

    async def record(self, decide: Callable[[], Entry]) -> Entry:
        """Do what `submit` does, for a task.

        The tasks that a loop runs in one round are handed over together, so that they wake the ledger once.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Entry] = loop.create_future()
        gathered = self._gathered.get(loop)
        if gathered is None:
            gathered = self._gathered[loop] = []
            loop.call_soon(self._hand_over, loop)
        gathered.append(_Waiting(decide, task=future))
        return await future

    def submit_later(self, entry: Entry) -> None:
        """Enter a refusal when the store works; it never fails and never waits."""
        row = NewEntry.of(entry)
        with self._lock:
            if len(self._later) >= self._most_later:
                self._dropped[entry.organization] += 1
            else:
                self._later.append(row)

    def nudge(self) -> None:
        """Give pending entries of other transactions their positions now, and not at the next tick."""
        self._queue.put(None)

    def close(self) -> None:
        """Answer every request that waits, enter what the store accepts, and end."""
        with self._lock:
            self._is_closed = True
        self._queue.put(None)
        self._thread.join()
        if self._later or self._dropped:
            _log.error("%d entries of refusals could not be written", len(self._later) + self._dropped.total())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Put the requests of a loop into the queue. Called in that loop."""
        gathered = self._gathered.pop(loop, None)
        if gathered is None:
            return
        try:
            self._put(gathered)
        except LedgerFullError as error:
            _answer_tasks([_Answer(one, error) for one in gathered])

    def _put(self, waiting: list[_Waiting]) -> None:
        with self._lock:
            if self._is_closed:
                raise LedgerFullError("the server is stopping", fix="send the request again")
            if self._waiting >= self._most_waiting:
                raise LedgerFullError(
                    f"{self._most_waiting:,} requests wait for the audit log already",
                    fix="try again later; if it stays so, check the database",
                )
            self._waiting += len(waiting)
            self._queue.put(waiting)

    def _run(self) -> None:
        pause = _TICK
        while True:
            batch, is_tick = self._take(pause)
            if batch:
                self._commit(batch)
                self._expected = min(len(batch), _MOST_IN_BATCH)
            if is_tick or self._is_closed:
                pause = _TICK if self._commit_others() else min(2 * pause, _LONGEST_PAUSE)
            if self._is_closed and not self._queue.qsize():
                return

    def _take(self, pause: float) -> tuple[list[_Waiting], bool]:
        """Return the requests that wait, and whether others' entries should be looked at as well.

        It waits a moment for as many requests as the batch before had: a commit costs the same for one and for many.
        """
        batch: list[_Waiting] = []
        is_tick = False
        until = 0.0
        try:
            found = self._queue.get(timeout=pause)
            while True:
                if found is None:
                    is_tick = True
                else:
                    batch += found
                    until = until or time.monotonic() + _GATHER
                if len(batch) >= _MOST_IN_BATCH:
                    break
                left = until - time.monotonic() if 0 < len(batch) < self._expected else 0.0
                found = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
        except queue.Empty:
            is_tick = is_tick or not batch
        with self._lock:
            self._waiting -= len(batch)
        return batch, is_tick

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Decide and commit one batch, then answer."""
        wanted = [one for one in batch if one.is_wanted()]
        answers: list[_Answer] = []
        rows: list[NewEntry] = []
        try:
            with self._store.writing() as transaction:
                self._before_batch(transaction)
                for one in wanted:
                    try:
                        entry = one.decide()
                        rows.append(NewEntry.of(entry))
                    except Exception as error:  # noqa: BLE001 - whoever waits for this request gets it
                        answers.append(_Answer(one, error))
                    else:
                        answers.append(_Answer(one, entry))
                refusals = self._refusals(transaction)
                sequenced = self._append(transaction, rows + refusals.rows)
        except Exception as error:  # noqa: BLE001 - whoever waits gets it, and the thread goes on
            _answer([_Answer(one, error) for one in wanted])
            return
        self._forget(refusals)
        if self._logs is not None:
            self._logs.accept(sequenced)
        _answer(answers)

    def _commit_others(self) -> bool:
        """Enter refusals that wait, and give pending entries of other transactions their positions."""
        is_left = True
        try:
            while is_left:
                if self._is_idle():
                    return True
                with self._store.writing() as transaction:
                    refusals = self._refusals(transaction)
                    sequenced = self._append(transaction, refusals.rows)
                self._forget(refusals)
                if self._logs is not None:
                    self._logs.accept(sequenced)
                is_left = bool(self._later) or (sequenced is not None and not sequenced.is_complete)
        except Exception as error:  # noqa: BLE001 - it is tried again
            _log.warning("audit entries wait for the store: %s", error)
            return False
        return True

    def _is_idle(self) -> bool:
        if self._later or self.dropped:
            return False
        if self._logs is None or self._store.is_shared:
            return True
        with self._store.reading() as transaction:
            return not transaction.audit.pending(1)

    def _append(self, transaction: Transaction, rows: list[NewEntry]) -> Sequenced | None:
        if self._logs is not None:
            return self._logs.append(transaction, rows)
        transaction.audit.append_rows(rows)
        return None

    def _refusals(self, transaction: Transaction) -> _Refusals:
        """Return entries of refusals, the oldest first, and how many were dropped."""
        if not self._later and not self._dropped:
            return _Refusals([], 0, {})
        with self._lock:
            later = [self._later[at] for at in range(min(len(self._later), _MOST_IN_BATCH))]
            dropped = dict(self._dropped)
        counts = [_count(transaction, organization, count) for organization, count in dropped.items()]
        return _Refusals(later + counts, len(later), dropped)

    def _forget(self, entered: _Refusals) -> None:
        if not entered.rows:
            return
        with self._lock:
            for _ in range(entered.later):
                self._later.popleft()
            self._dropped -= Counter(entered.dropped)


def _count(transaction: Transaction, organization: str, count: int) -> NewEntry:
    details = {"count": count}
    return NewEntry.of(Entry(organization, transaction.now, Actor(), "entries.dropped", "", Outcome.FAILED, details))


def _answer(answers: Sequence[_Answer]) -> None:
    """Answer every request: threads one by one, and each loop with one call."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Answer]] = defaultdict(list)
    for one in answers:
        if one.waiting.task is not None:
            by_loop[one.waiting.task.get_loop()].append(one)
        elif one.waiting.thread is not None:
            if isinstance(one.result, Exception):
                one.waiting.thread.set_exception(one.result)
            else:
                one.waiting.thread.set_result(one.result)
    for loop, some in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(_answer_tasks, some)


def _answer_tasks(answers: Sequence[_Answer]) -> None:
    for one in answers:
        task = one.waiting.task
        if task is None or task.done():
            continue
        if isinstance(one.result, Exception):
            task.set_exception(one.result)
        else:
            task.set_result(one.result)
