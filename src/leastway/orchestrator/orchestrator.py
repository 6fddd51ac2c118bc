"""The runs of a process: started, woken, cancelled, and found again after a kill.

The engine of durable steps opens with the first run, or soon after the start if a run is unfinished. On SQLite this
process continues every unfinished run by itself; on PostgreSQL the engine of any process does. One thread looks every
second for runs that should begin or go on, and for cancellations that another process has stored.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from leastway.errors import LeastwayError, internal_error
from leastway.jobs import SharedEngine, Workflow
from leastway.orchestrator.folders import OwnFolder, is_left_in
from leastway.orchestrator.parts import OrchestratorParts
from leastway.orchestrator.procedure import carry_out
from leastway.orchestrator.settings import RunSettings
from leastway.ports import Steps, WaitingError
from leastway.registry import Run, RunLine, RunStatus

if TYPE_CHECKING:
    from leastway.orchestrator.machinery import Machinery

__all__ = ["Orchestrator"]

_log = logging.getLogger("leastway.runs")

_WORKFLOW: Final = "run"
_RUN: Final = re.compile(r"[0-9a-f-]{36}")
"""The name of a run's folder: its id."""
_LOOK: Final = 1.0
"""Seconds between two looks at the unfinished runs."""
_LAST_STEPS: Final = 20.0
"""Seconds that a step has to notice that the server stops."""
_MOST_TOLD: Final = 10
"""Runs that are named at the start."""
_LONGEST_REST: Final = 60.0
"""Seconds until a run that could not go on is tried again, after many attempts."""


class Orchestrator:
    """Carries out runs. Thread-safe. What a run needs is made when the first one needs it."""

    def __init__(self, given: OrchestratorParts, settings: RunSettings, engine: SharedEngine) -> None:
        engine.register(Workflow(_WORKFLOW, self._carry_out))
        self._engine = engine
        self._given = given
        self._store = given.store
        self._settings = settings
        self._folder = OwnFolder(settings.folder)
        self._making = threading.Lock()
        self._machinery: Machinery | None = None
        self._going: set[str] = set()
        self._rests: dict[str, tuple[int, float]] = {}
        self._said: dict[str, str] = {}
        self._lock = threading.Condition()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Continue what is unfinished, and carry out runs until the end of the block.

        Runs that work then are left as they are: the next server finds them. Errors: LeastwayError if the store cannot
        be read.
        """
        if self._settings.is_idle:
            yield
            return
        try:
            with self._store.reading() as transaction:
                unfinished = transaction.runs.unfinished()
            _tell_waiting(unfinished)
            if unfinished or self._engine.is_shared:
                self._watch()
            yield
        finally:
            self._close()

    @property
    def calls(self) -> Mapping[str, int]:
        """How many calls of runs were judged in this process, by who decided, such as `decided-by-aws`."""
        return self._machinery.journal.calls if self._machinery is not None else {}

    def check_ready(self) -> None:
        """Refuse a run that this server could not carry out. Errors: LeastwayError that says what is missing."""
        if self._stopped.is_set():
            raise WaitingError("the server is stopping", fix="send the request again")
        from leastway.orchestrator.machinery import check_ready

        self._folder.take()
        check_ready(self._settings)

    def isolation(self) -> str:
        """Try the sandbox of runs, and return in words what this machine has, or why runs cannot work here."""
        from leastway.orchestrator.trying import isolation_here

        return isolation_here(self._settings, self._folder)

    def check_isolation(self) -> None:
        """Make a sandbox where runs will be. Errors: LeastwayError, OSError with the reason if it does not work."""
        from leastway.orchestrator.trying import try_isolation

        try_isolation(self._settings)

    def start(self, run: str) -> None:
        """Start a run, or let one that waits go on. Returns at once. What cannot be started now is started later."""
        self._watch()
        try:
            self._go_on(run)
        except LeastwayError as error:
            _log.warning("run %s is started later: %s", run, error)

    def cancel(self, run: str) -> None:
        """Interrupt what works in a run of this process, and let one that waits come to its end."""
        self._interrupt(run)
        self.start(run)

    def _close(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        if (machinery := self._machinery) is not None:
            machinery.attempts.is_stopping = True
            with self._lock:
                self._lock.wait_for(lambda: not self._going, timeout=_LAST_STEPS)
            machinery.close()
        self._folder.release()

    def _made(self) -> Machinery:
        """Return what carries out runs, made now if it is the first run. Errors: LeastwayError."""
        with self._making:
            if self._machinery is None:
                if self._stopped.is_set():
                    raise WaitingError("the server is stopping", fix="send the request again")
                from leastway.orchestrator.machinery import make_machinery

                self._folder.take()
                self._machinery = make_machinery(self._given, self._settings)
            return self._machinery

    def _watch(self) -> None:
        """Look at unfinished runs from now on."""
        with self._making:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._keep, name="leastway-runs", daemon=True)
                self._thread.start()

    def _interrupt(self, run: str) -> None:
        if self._machinery is not None:
            self._machinery.work.interrupt(run)

    def _is_killed(self, run: str) -> bool:
        """Return whether a kill switch has stopped the attempt that works here, so that no approval helps any more."""
        attempt = self._made().attempts.find(run)
        return attempt is not None and attempt.killed_because is not None

    def _go_on(self, run: str) -> None:
        with self._lock:
            if run in self._going:
                return
        try:
            self._made()
        except LeastwayError as error:
            self._say(run, error.what)
            raise
        self._engine.get().start(_WORKFLOW, f"run/{run}", run)

    def _carry_out(self, steps: Steps, run: str) -> Any:
        with self._lock:
            if run in self._going:
                raise WaitingError("the run is going on already")
            if len(self._going) >= self._settings.most:
                raise WaitingError("other runs come first")
            self._going.add(run)
        try:
            work = self._made().work
            if self._engine.is_shared and not is_left_in(self._settings.folder / run):
                self._check_programs()
            ended = carry_out(work, steps, run)
            self._rests.pop(run, None)
            self._said.pop(run, None)
            return ended
        except WaitingError:
            raise
        except LeastwayError as error:
            _log.warning("run %s goes on in %.0f seconds: %s", run, self._put_off(run), error)
            self._say(run, error.what)
            raise
        except Exception as error:
            _log.exception("run %s goes on in %.0f seconds, after an internal error", run, self._put_off(run))
            self._say(run, (isinstance(error, OSError) and error.strerror) or internal_error(error).what)
            raise
        finally:
            with self._lock:
                self._going.discard(run)
                self._lock.notify_all()

    def _check_programs(self) -> None:
        """Leave a run to other processes if no program is here. Errors: LeastwayError."""
        from leastway.terraform import check_programs

        check_programs(self._settings.tools)

    def _say(self, run: str, why: str) -> None:
        """Tell in a run's log, once for each reason, why it does not go on: its readers do not see the server's."""
        if self._stopped.is_set() or self._said.get(run) == why:
            return
        self._said[run] = why
        text = f"the server cannot go on with the run, and tries again: {why} (ask its operator)"
        with contextlib.suppress(LeastwayError):
            if self._machinery is not None:
                self._machinery.say(run, text)
                return
            with self._store.writing() as transaction:
                number = transaction.runs.last_line(run) + 1
                transaction.runs.add_lines(run, [RunLine(number, transaction.now, "", text)])

    def _put_off(self, run: str) -> float:
        """Let a run that could not go on rest, longer each time; return the seconds."""
        with self._lock:
            times, _ = self._rests.get(run, (0, 0.0))
            seconds = min(2.0**times, _LONGEST_REST)
            self._rests[run] = (times + 1, time.monotonic() + seconds)
        return seconds

    def _keep(self) -> None:
        is_failing = False
        while not self._stopped.is_set():
            try:
                with self._store.reading() as transaction:
                    unfinished = transaction.runs.unfinished()
                self._remove_left({one.id for one in unfinished})
                if self._engine.is_shared:
                    if unfinished:
                        self._engine.get()  # an open engine goes on with the runs of processes that died
                    self._find_supervisors(unfinished)
                for run in unfinished:
                    self._look(run)
                is_failing = False
            except Exception as error:  # noqa: BLE001 - the thread must not end
                if not is_failing:
                    _log.warning("unfinished runs cannot be looked at: %s", error)
                is_failing = True
            self._stopped.wait(_LOOK)

    def _remove_left(self, unfinished: set[str]) -> None:
        """Remove the folders of runs that other processes brought to their end, or deleted, while this one was away."""
        if not self._settings.folder.is_dir():
            return
        self._folder.take()
        for folder in self._settings.folder.iterdir():
            if folder.name in unfinished or _RUN.fullmatch(folder.name) is None:
                continue
            with self._store.reading() as transaction:
                run = transaction.runs.find(folder.name)
            if run is not None and not run.status.is_end:
                continue
            from leastway.orchestrator.leftovers import remove_forgotten, remove_left

            if self._machinery is not None:  # another process ended the run, such as one that waited and was cancelled
                self._machinery.attempts.end(folder.name)
            if run is None:
                remove_forgotten(folder)
            else:
                remove_left(self._store, run, folder)

    def _find_supervisors(self, unfinished: Iterable[Run]) -> None:
        """Answer the supervisors that a process before left here, before another process may begin a new attempt."""
        if self._machinery is None and any(is_left_in(self._settings.folder / one.id) for one in unfinished):
            self._made()

    def _look(self, run: Run) -> None:
        if run.is_cancelled:
            self._interrupt(run.id)
        if run.status is RunStatus.AWAITING_APPROVAL and not run.is_cancelled and not self._is_killed(run.id):
            return
        with self._lock:
            rests = self._rests.get(run.id, (0, 0.0))[1] > time.monotonic()
        is_new = run.status is RunStatus.QUEUED  # whoever stored it could not begin it, or died before
        if (is_new or not self._engine.is_shared) and (run.is_cancelled or not rests):
            self._go_on(run.id)


def _tell_waiting(unfinished: Iterable[Run]) -> None:
    """Name the runs that wait for an approval, some from before a backup: they keep other runs from their resources."""
    waiting = [one.id for one in unfinished if one.status is RunStatus.AWAITING_APPROVAL]
    if waiting:
        more = f" and {len(waiting) - _MOST_TOLD} more" if len(waiting) > _MOST_TOLD else ""
        _log.info(
            "runs that wait for an approval: %s%s. No other run of their resources begins before they are approved or "
            "cancelled (leastway runs list --unfinished)",
            ", ".join(waiting[:_MOST_TOLD]),
            more,
        )
