"""Watching objects until all of their pods run the new version, or until it is certain that they will not.

A rollout is done when its controller says so (`rollout_kinds`), twice in a row. It has failed when the controller gives
up, or when an image has a name that nothing can have. Everything else waits for the deadline: an image can be pushed
late, and a quota raised. The pods' own words are part of the result.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from leastway.kube.connection import Connection
from leastway.kube.deploying.kinds import ObjectName
from leastway.kube.deploying.pod_states import PodState, waiting_pods
from leastway.kube.deploying.rollout_kinds import WATCHED
from leastway.kube.errors import NotFoundError
from leastway.kube.reading import read_one
from leastway.primitives import Clock, SystemClock

__all__ = ["Progress", "Rollout", "watch_rollouts"]

_ENOUGH: Final = 2
"""How often in a row a rollout is seen as done."""
_GONE: Final = "somebody removed the object while its rollout was watched: deploy again"


class Rollout(enum.Enum):
    """How a rollout ended."""

    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rollout is: of `wanted` pods, how many are of the new version, and how many are available.

    `unit` is what they come to: `available`, or `complete` for those of a Job.
    """

    wanted: int
    updated: int
    available: int
    outcome: Rollout | None = None
    reason: str = ""
    pods: tuple[PodState, ...] = ()
    unit: str = "available"

    @property
    def counted(self) -> str:
        """The counts in words."""
        return f"{self.available} of {self.wanted} {self.unit}"


def watch_rollouts(
    connection: Connection,
    names: Iterable[ObjectName],
    *,
    seconds: float,
    report: Callable[[ObjectName, Progress], None] = lambda _name, _progress: None,
    is_stopped: Callable[[], bool] = lambda: False,
    clock: Clock | None = None,
    pause: float = 1.0,
) -> Iterator[tuple[ObjectName, Progress]]:
    """Watch rollouts side by side, at most `seconds`, and yield each at its end, with its outcome, as they come.

    The objects are of kinds in `WATCHED`; `report` gets each change. The rollout of an object that is gone has failed.
    Errors: those of the connection.
    """
    time = clock or SystemClock()
    ends = time.monotonic() + seconds
    last: dict[ObjectName, Progress] = {}
    in_a_row = dict.fromkeys(names, 0)
    while in_a_row:
        for name, done in tuple(in_a_row.items()):
            progress = _progress(connection, name)
            in_a_row[name] = done + 1 if progress.outcome is Rollout.DONE else 0
            if name not in last or replace(progress, reason="") != replace(last[name], reason=""):
                report(name, progress)
            last[name] = progress
            if progress.outcome is Rollout.FAILED or in_a_row[name] == _ENOUGH:
                del in_a_row[name]
                yield name, progress
        if not in_a_row:
            return
        is_late = time.monotonic() >= ends
        if is_stopped():
            for name in in_a_row:
                yield name, _ended(last[name], Rollout.STOPPED, "the deployment was stopped")
            return
        for name in [name for name, done in in_a_row.items() if is_late and not done]:
            del in_a_row[name]
            why = last[name].reason or f"it took more than {seconds:.0f} seconds"
            yield name, _ended(last[name], Rollout.TIMED_OUT, why)
        if in_a_row:
            time.sleep(pause)


def _progress(connection: Connection, name: ObjectName) -> Progress:
    kind = WATCHED[name.kind]
    try:
        live = read_one(connection, name.path, kind.resource, name.name, name.namespace)
    except NotFoundError:
        return Progress(0, 0, 0, Rollout.FAILED, _GONE, unit=kind.unit)
    now = kind.judge(live)
    counts = (now.wanted, now.updated, now.available)
    if now.is_done:
        return Progress(*counts, Rollout.DONE, unit=kind.unit)
    labels = (live["spec"].get("selector") or {}).get("matchLabels") or {}
    pods = tuple(waiting_pods(connection, name.namespace, labels))
    hopeless = next((pod.words for pod in pods if pod.is_hopeless), "")
    if failure := now.failure or hopeless:
        return Progress(*counts, Rollout.FAILED, failure, pods, kind.unit)
    return Progress(*counts, None, now.reason, pods, kind.unit)


def _ended(progress: Progress, outcome: Rollout, reason: str) -> Progress:
    return replace(progress, outcome=outcome, reason=reason)
