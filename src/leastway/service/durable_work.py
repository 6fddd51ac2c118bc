"""The durable work of a server: what must go on, in this process or in another one, after a kill.

A row in the store says what is left to do; the engine of durable steps opens with the first of it. One thread looks
every second for work that is due. On SQLite this process continues all of it; on PostgreSQL the engine of any process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from leastway.errors import LeastwayError
from leastway.jobs import SharedEngine, Workflow
from leastway.ports import Steps, WaitingError

if TYPE_CHECKING:
    from leastway.service.server import Server

__all__ = ["DurableWork"]

_log = logging.getLogger("leastway.work")

_LOOK: Final = 1.0
"""Seconds between two looks."""
_LONGEST_REST: Final = 30.0
"""Seconds until work whose step failed is tried again, after several attempts."""


class Kind(Protocol):
    """One kind of durable work of a server."""

    def due(self) -> Iterable[tuple[str, Any]]:
        """Return what is to go on now: the id of each workflow, and its argument."""
        ...

    def carry_out(self, steps: Steps, argument: Any, /) -> Any:
        """Carry out one, from where it was left. Errors: WaitingError; those after which it is tried again."""
        ...

    def stop(self) -> None:
        """Let what works end soon, since the server stops."""
        ...

    def close(self) -> None:
        """Let go of everything, once nothing works any more."""
        ...


class DurableWork:
    """Starts and continues the durable work of this process. Thread-safe."""

    def __init__(self, engine: SharedEngine) -> None:
        self.engine = engine
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._going: set[str] = set()
        self._rests: dict[str, tuple[int, float]] = {}
        self._looked_for_left: set[str] = set()

    def wake(self) -> None:
        """Look for work now: some was just stored."""
        self._wake.set()

    @contextmanager
    def going_on(self, server: Server) -> Iterator[None]:
        """Carry out the work of a server until the end of the block, which waits for the steps that are running."""
        from leastway.service.deploying import DEPLOYMENT, DeploymentWork
        from leastway.service.key_rotation import ROTATION, RotationWork

        kinds: dict[str, Kind] = {ROTATION: RotationWork(server), DEPLOYMENT: DeploymentWork(server)}
        for name, kind in kinds.items():
            self.engine.register(Workflow(name, partial(self._carry_out, name, kind)))
        thread = threading.Thread(target=self._keep, args=(kinds,), name="leastway-work", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._wake.set()
            for kind in kinds.values():
                kind.stop()
            thread.join()
            self.engine.close()
            for kind in kinds.values():
                kind.close()

    def _carry_out(self, workflow: str, kind: Kind, steps: Steps, argument: Any) -> Any:
        name = f"{workflow} {argument}"
        with self._lock:
            if name in self._going:
                raise WaitingError("it is going on already")
            self._going.add(name)
        try:
            ended = kind.carry_out(steps, argument)
            self._rests.pop(name, None)
            return ended
        except WaitingError:
            raise
        except Exception as error:
            is_expected = isinstance(error, LeastwayError)
            seconds = self._put_off(name)
            _log.warning("%s is tried again in %.0f seconds: %s", name, seconds, error, exc_info=not is_expected)
            raise
        finally:
            with self._lock:
                self._going.discard(name)

    def _put_off(self, name: str) -> float:
        """Let work whose step failed rest, longer each time; return the seconds."""
        with self._lock:
            times, _ = self._rests.get(name, (0, 0.0))
            seconds = min(2.0**times, _LONGEST_REST)
            self._rests[name] = (times + 1, time.monotonic() + seconds)
        return seconds

    def _keep(self, kinds: Mapping[str, Kind]) -> None:
        is_failing = False
        while not self._stopped.is_set():
            try:
                for workflow, kind in kinds.items():
                    self._look(workflow, kind)
                is_failing = False
            except Exception as error:  # noqa: BLE001 - the thread must not end
                if not is_failing:
                    _log.warning("durable work cannot go on now: %s", error)
                is_failing = True
            self._wake.wait(_LOOK)
            self._wake.clear()

    def _look(self, workflow: str, kind: Kind) -> None:
        for identifier, argument in (*kind.due(), *self._left(workflow)):
            name = f"{workflow} {argument}"
            with self._lock:
                is_going = name in self._going or self._rests.get(name, (0, 0.0))[1] > time.monotonic()
            if not is_going:
                self.engine.get().start(workflow, identifier, argument)

    def _left(self, workflow: str) -> list[tuple[str, Any]]:
        """Return, once, what a process before has ended, but not recorded as done: on SQLite nobody else finds it."""
        if self.engine.is_shared or not self.engine.is_open or workflow in self._looked_for_left:
            return []
        self._looked_for_left.add(workflow)
        return self.engine.get().left(workflow)
