"""What a run's page shows while it works: its phase, its log and the AWS calls of its gateway, written in batches.

One thread of the process writes what came since its last round, for all runs in one transaction. Lines arrive masked.
A log is bounded: what exceeds it is counted and not kept. The durable record of each call is its audit entry, and
`missing_calls` takes from there what a process that is killed has not written; lines and answers of a round are lost.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from leastway.errors import LeastwayError
from leastway.gateway import CallOutcome
from leastway.primitives import Clock
from leastway.registry import RunCall, RunLine, RunPhase
from leastway.store import PlatformStore, Transaction

__all__ = ["Journal", "JournalOfRun"]

_log = logging.getLogger("leastway.runs")

_ROUND: Final = 0.1
"""Seconds between two writes."""
_MOST_LINES: Final = 20_000
"""Lines of one run's log."""
_LONGEST_LINE: Final = 4_000
_MOST_WAITING: Final = 200_000


@dataclass(slots=True)
class _Waiting:
    lines: list[RunLine] = field(default_factory=list)
    calls: list[RunCall] = field(default_factory=list)
    outcomes: list[tuple[int, CallOutcome]] = field(default_factory=list)
    phase: RunPhase | None = None


class Journal:
    """The journals of all runs of this process. Thread-safe."""

    def __init__(self, store: PlatformStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[str, _Waiting] = defaultdict(_Waiting)
        self._count = 0
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leastway-journal", daemon=True)
        self._thread.start()

    @property
    def calls(self) -> Mapping[str, int]:
        """How many calls of runs were judged here so far, by who decided about them."""
        with self._lock:
            return dict(self._calls)

    def of(self, run: str, attempt: int) -> JournalOfRun:
        """Return the journal of a run, which goes on behind its last line. Errors: LeastwayError."""
        self.flush()
        with self._store.reading() as transaction:
            last = transaction.runs.last_line(run)
        return JournalOfRun(self, run, attempt, last)

    def flush(self) -> None:
        """Write what waits. Errors: LeastwayError if the store cannot be written; nothing is lost."""
        with self._writing:
            with self._lock:
                waiting, self._waiting, self._count = self._waiting, defaultdict(_Waiting), 0
            if not waiting:
                return
            try:
                with self._store.writing() as transaction:
                    for run, one in waiting.items():
                        _write(transaction, run, one)
            except BaseException:
                self._put_back(waiting)
                raise

    def close(self) -> None:
        """Write what waits, and end."""
        self._stopped.set()
        self._thread.join()
        try:
            self.flush()
        except LeastwayError as error:
            _log.error("lines of runs could not be written: %s", error)

    def add(self, run: str, put: Callable[[_Waiting], None]) -> None:
        """Let something wait for the next round. Too much of it is dropped."""
        with self._lock:
            if self._count >= _MOST_WAITING:
                return
            self._count += 1
            put(self._waiting[run])

    def count(self, decision: str) -> None:
        """Count a call that was judged."""
        with self._lock:
            self._calls[decision] += 1

    def now_line(self, number: int, phase: str, text: str) -> RunLine:
        """Return a line of this moment."""
        shown = text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…"
        return RunLine(number, self._clock.now(), phase[:16], shown.replace("\0", ""))

    def _put_back(self, waiting: dict[str, _Waiting]) -> None:
        with self._lock:
            for run, one in waiting.items():
                later = self._waiting[run]
                later.lines[:0], later.calls[:0], later.outcomes[:0] = one.lines, one.calls, one.outcomes
                later.phase = later.phase or one.phase
                self._count += len(one.lines) + len(one.calls) + len(one.outcomes)

    def _run(self) -> None:
        is_failing = False
        while not self._stopped.wait(_ROUND):
            try:
                self.flush()
                is_failing = False
            except Exception as error:  # noqa: BLE001 - the thread must not end
                if not is_failing:
                    _log.warning("lines of runs wait for the store: %s", error)
                is_failing = True


class JournalOfRun:
    """The journal of one attempt of a run. Thread-safe."""

    def __init__(self, journal: Journal, run: str, attempt: int, last: int) -> None:
        self._journal = journal
        self._run = run
        self._attempt = attempt
        self._numbers = last
        self._lock = threading.Lock()
        self._tail: deque[str] = deque(maxlen=20)

    @property
    def is_full(self) -> bool:
        """Whether no line is kept any more."""
        return self._numbers > _MOST_LINES

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines."""
        return tuple(self._tail)

    def say(self, phase: str, text: str) -> None:
        """Add a line, or several."""
        for line in text.splitlines() or [""]:
            with self._lock:
                if self._numbers > _MOST_LINES:
                    return
                self._numbers += 1
                number = self._numbers
                shown = line if number <= _MOST_LINES else f"the log ends here: it has {_MOST_LINES} lines"
                self._tail.append(shown)
                made = self._journal.now_line(number, phase, shown)
                self._journal.add(self._run, lambda waiting, made=made: waiting.lines.append(made))  # type: ignore[misc]

    def enter(self, phase: RunPhase) -> None:
        """Note the phase of the run, which decides nothing."""
        self._journal.add(self._run, lambda waiting: setattr(waiting, "phase", phase))

    def called(self, call: RunCall) -> None:
        """Note a call that was judged, and count it."""
        self._journal.count(call.decision)
        self._journal.add(self._run, lambda waiting: waiting.calls.append(call))

    def answered(self, outcome: CallOutcome) -> None:
        """Note what AWS answered."""
        self._journal.add(self._run, lambda waiting: waiting.outcomes.append((self._attempt, outcome)))

    def flush(self) -> None:
        """Write what waits. Errors: LeastwayError."""
        self._journal.flush()


def _write(transaction: Transaction, run: str, one: _Waiting) -> None:
    if one.phase is not None:
        transaction.runs.change(run, phase=one.phase)
    transaction.runs.add_lines(run, one.lines)
    transaction.runs.add_calls(run, one.calls)
    for attempt, outcome in one.outcomes:
        transaction.runs.answer_call(run, attempt, outcome.number, outcome.status, outcome.code, outcome.request_id)
