"""The engine: runs workflows whose finished steps are recorded.

1. A file is set to WAL and locked before DBOS starts on it: a second engine would run a running step again.
2. The application version is fixed. By default it is a hash of the source, and a new leastway would strand old work.
3. Arguments and results are JSON.
4. A step that raises ends the run as a kill would: nothing is recorded, and the workflow stays pending. DBOS would
   record the exception, and the workflow could never be continued.
5. An executor id is used once. DBOS would continue every pending workflow of an earlier process with the same id as
   soon as it starts; here, a caller continues the workflow that it names, and on PostgreSQL `executors` continues those
   of dead processes.
6. Work that waits holds no thread: the run ends, and a later one continues.
Sources: DBOS 3.4.0, dbos/_core.py (`invoke_step` records an Exception, but not a BaseException), dbos/_recovery.py.
"""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leastway.errors import LeastwayError
from leastway.ports import Steps
from leastway.primitives import held_alone, make_private_folder

if TYPE_CHECKING:
    from dbos import DBOSConfig, WorkflowHandle, WorkflowStatus

    from leastway.jobs.executors import Executors

__all__ = ["Engine", "Known", "Workflow", "open_database", "open_file"]

_VERSION = "1"
"""Raised when the steps of a workflow change, so that work of an older version is not continued with other steps."""
_QUEUE = "leastway"
_POLL_QUEUE = 0.2
"""Seconds between two looks at the queue: work of a shared database, and work that goes on. Each takes a few queries.

Twenty looks a second took 5 % of a processor of a server that had nothing to do.
"""
_POLL = 0.05
"""Seconds between two looks at the result of a workflow, and at whether the engine is to be closed.

DBOS's thread for notifications, which nothing here sends, sleeps a second by default, and closing waits for it.
"""
_OPEN = threading.Lock()
"""Held while an engine is open: DBOS has one instance in a process, and a second engine would get the first one's."""
_BEGINS_WITHIN = 60.0
"""Seconds after which a workflow that was started or continued here, and did not begin to run, is continued again."""
_WAIT_FOR_STEPS = 120.0
"""Seconds that a closing engine waits for steps that are running: the longest calls to AWS."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A procedure of durable steps; `body` takes them and the argument, and returns JSON."""

    name: str
    body: Callable[[Steps, Any], Any]


@dataclass(frozen=True, slots=True)
class Known:
    """A workflow that was started; `result` is None until it is done."""

    id: str
    is_done: bool
    argument: Any
    result: Any = None


@contextmanager
def open_file(path: Path, workflows: Sequence[Workflow], *, patience: float = 0.0) -> Iterator[Engine]:
    """Open the engine in the SQLite file `path`, which only this process may use meanwhile.

    `patience` are the seconds that it waits for another engine of this process to be closed.
    Errors: LeastwayError if another process uses it, if another engine stays open, or if DBOS is not installed.
    """
    _check_installed()
    try:
        make_private_folder(path.parent)
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise LeastwayError(
            f"the record of the steps cannot be written: {error.strerror}",
            where=str(path),
            fix="check that its folder is writable",
        ) from error
    taken = LeastwayError(  # a second engine on the same file would run a running step again
        "another process is working on it",
        where=str(path),
        fix="wait until it has ended, then run the same command again",
    )
    with held_alone(path.with_name(f"{path.name}.lock"), taken):
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.Error as error:
            raise LeastwayError(
                f"the record of the steps cannot be used: {error}",
                where=str(path),
                fix="check the disk's free space; a damaged file must be restored or moved away",
            ) from error
        finally:
            connection.close()
        with _launched(f"sqlite:///{path}", str(uuid.uuid4()), workflows, patience=patience) as engine:
            yield engine


@contextmanager
def open_database(
    url: str, workflows: Sequence[Workflow], *, executor: str | None = None, patience: float = 0.0
) -> Iterator[Engine]:
    """Open an engine on the PostgreSQL database at `url`, next to any number of others.

    It continues the work of engines that died, within seconds. It ends this process if it loses the connection that
    holds its lock, because others then continue its work. `patience` as in `open_file`.
    Errors: LeastwayError if the database cannot be reached, or if another engine stays open.
    """
    _check_installed()
    from leastway.jobs.executors import Executors

    name = executor or str(uuid.uuid4())
    with (
        Executors(url, name) as executors,
        _launched(url, name, workflows, executors, patience=patience) as engine,
        executors.watching(engine.recover, engine.go_on),
    ):
        yield engine


@contextmanager
def _launched(
    url: str, executor: str, workflows: Sequence[Workflow], executors: Executors | None = None, *, patience: float
) -> Iterator[Engine]:
    from dbos import DBOS

    from leastway.jobs.serializer import JsonSerializer

    log = logging.getLogger("dbos")
    if not log.handlers:  # otherwise DBOS prints to standard error
        log.addHandler(logging.NullHandler())
        log.propagate = False
    if not _OPEN.acquire(timeout=patience):
        raise LeastwayError("an engine of durable steps is open in this process", fix="use that one, or close it first")
    config: DBOSConfig = {
        "name": "leastway",
        "system_database_url": url,
        "application_version": _VERSION,
        "executor_id": executor,
        "serializer": JsonSerializer(),
        "enable_otlp": False,
        "notification_listener_polling_interval_sec": _POLL,
    }
    try:
        DBOS(config=config)
        engine = Engine(workflows, executors)
        try:
            DBOS.launch()
            DBOS.register_queue(_QUEUE, polling_interval_sec=_POLL_QUEUE)
        except Exception as error:
            why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise LeastwayError(
                f"the record of the steps cannot be opened: {why}",
                fix="check the database and its disk space, then run the same command again",
            ) from error
        try:
            yield engine
        finally:
            engine.stop()
    finally:
        try:
            DBOS.destroy(destroy_registry=True)
        finally:
            _OPEN.release()


def _check_installed() -> None:
    from importlib.util import find_spec

    if find_spec("dbos") is None:
        raise LeastwayError(
            "the engine of durable steps is not installed", fix="install it with: pip install 'leastway[rotate]'"
        )


class _SuspendedRun(BaseException):
    """A run that ended before its workflow did. Not an Exception, which DBOS would record."""


class Engine:
    """Runs workflows. Thread-safe. Made by `open_file` and `open_database`."""

    def __init__(self, workflows: Sequence[Workflow], executors: Executors | None = None) -> None:
        from dbos import DBOS

        self._executors = executors
        self._is_stopping = threading.Event()
        self._lock = threading.Condition()
        self._ended: dict[str, Future[None]] = {}
        self._mine_until: dict[str, float] = {}  # infinity while it runs
        self._registered: dict[str, Callable[[Any], Any]] = {
            one.name: DBOS.workflow(name=one.name, max_recovery_attempts=None)(self._registered_body(one))
            for one in workflows
        }

    def run(self, workflow: str, identifier: str, argument: Any = None) -> Any:
        """Start the workflow `identifier`, or continue it, and return its result once it is done.

        A workflow that is done is not run again. Errors: those of the step that could not be done; the workflow
        continues from that step when it is run again.
        """
        from dbos import DBOS

        ended: Future[None] = Future()
        with self._lock:
            self._ended[identifier] = ended
        try:
            self.start(workflow, identifier, argument)
            handle: WorkflowHandle[Any] = DBOS.retrieve_workflow(identifier)
            if handle.get_status().status != "SUCCESS":
                ended.result()
            return handle.get_result(polling_interval_sec=_POLL)
        finally:
            with self._lock:
                self._ended.pop(identifier, None)

    def start(self, workflow: str, identifier: str, argument: Any = None) -> None:
        """Start the workflow `identifier`, or continue it, without waiting for it. One that runs here is left alone.

        On a shared database any of its engines runs it; if a step raises, it is tried again after a while.
        """
        from dbos import DBOS, SetWorkflowID

        if self._executors is not None:
            if DBOS.get_workflow_status(identifier) is None:
                with SetWorkflowID(identifier):
                    DBOS.enqueue_workflow(_QUEUE, self._registered[workflow], argument)
            return
        with self._lock:  # a run that begins takes it first
            if (known := DBOS.get_workflow_status(identifier)) is None:
                with SetWorkflowID(identifier):
                    DBOS.start_workflow(self._registered[workflow], argument)
            elif known.status == "PENDING" and time.monotonic() >= self._mine_until.get(identifier, 0.0):
                DBOS.resume_workflow(identifier, queue_name=_QUEUE)
            else:
                return
            self._mine_until[identifier] = time.monotonic() + _BEGINS_WITHIN

    def result(self, identifier: str) -> Any:
        """Wait until a workflow is done, in whichever process it runs, and return its result."""
        from dbos import DBOS

        return DBOS.retrieve_workflow(identifier).get_result(polling_interval_sec=_POLL)

    def known(self, prefix: str) -> list[Known]:
        """Return the workflows whose id begins with `prefix`, in the order in which they were started."""
        from dbos import DBOS

        return [_known(status) for status in DBOS.list_workflows(workflow_id_prefix=prefix)]

    def left(self, workflow: str) -> list[tuple[str, Any]]:
        """Return what is left of a workflow by processes before: the id of each that is not done, and its argument."""
        from dbos import DBOS

        pending = DBOS.list_workflows(status="PENDING", name=workflow, load_output=False)
        return [(one.id, one.argument) for one in map(_known, pending)]

    def results(self, identifier: str) -> Mapping[str, Any]:
        """Return the results of the finished steps of a workflow, by name."""
        from dbos import DBOS

        return {step["function_name"]: step["output"] for step in DBOS.list_workflow_steps(identifier)}

    def recover(self) -> None:
        """Continue the workflows of executors that are dead. Called by the thread that watches them."""
        from dbos import DBOS

        if self._executors is None:
            return
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        for executor in {status.executor_id for status in pending if status.executor_id}:
            with self._executors.if_dead(executor) as is_dead:
                if is_dead:
                    DBOS._recover_pending_workflows([executor])

    def go_on(self, identifier: str) -> None:
        """Put a workflow of this process, one of whose steps raised, back into the queue."""
        from dbos import DBOS

        DBOS.resume_workflow(identifier, queue_name=_QUEUE)

    def stop(self) -> None:
        """Begin no other step, and wait for those that are running."""
        self._is_stopping.set()
        with self._lock:
            self._lock.wait_for(lambda: math.inf not in self._mine_until.values(), timeout=_WAIT_FOR_STEPS)

    def _registered_body(self, workflow: Workflow) -> Callable[[Any], Any]:
        def run(argument: Any) -> Any:
            from dbos import DBOS
            from dbos._error import DBOSWorkflowConflictIDError

            identifier = DBOS.workflow_id
            assert identifier is not None  # noqa: S101 - DBOS sets it for the time of a run
            with self._lock:
                self._mine_until[identifier] = math.inf
            try:
                result = workflow.body(_RecordedSteps(self._is_stopping), argument)
            except DBOSWorkflowConflictIDError as error:  # DBOS would wait here for the result of the other run
                raise _SuspendedRun from error
            except Exception as error:
                self._end(identifier, error)
                if self._executors is not None:
                    self._executors.later(identifier, getattr(error, "until", None))
                raise _SuspendedRun from error
            finally:
                with self._lock:
                    self._mine_until.pop(identifier, None)
                    self._lock.notify_all()
            self._end(identifier, None)
            return result

        return run

    def _end(self, identifier: str, error: Exception | None) -> None:
        with self._lock:
            ended = self._ended.get(identifier)
        if ended is None or ended.done():
            return
        if error is None:
            ended.set_result(None)
        else:
            ended.set_exception(error)


class _RecordedSteps:
    """Steps whose results DBOS records."""

    def __init__(self, is_stopping: threading.Event) -> None:
        self._is_stopping = is_stopping

    def once(self, name: str, act: Callable[[], Any], /) -> Any:
        """See `leastway.ports.Steps`."""
        from dbos import DBOS

        def run() -> Any:
            try:
                if self._is_stopping.is_set():
                    raise LeastwayError("interrupted", fix="run the same command again: it continues from here")
                return act()
            except Exception as error:
                raise _FailedStep(error) from error

        try:
            return DBOS.run_step({"name": name}, run)
        except _FailedStep as failed:
            raise failed.error from failed.error.__cause__


class _FailedStep(BaseException):
    """A step that raised `error`. Not an Exception, which DBOS would record."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def _known(status: WorkflowStatus) -> Known:
    argument = status.input["args"][0] if status.input else None
    is_done = status.status == "SUCCESS"
    return Known(status.workflow_id, is_done, argument, status.output if is_done else None)
