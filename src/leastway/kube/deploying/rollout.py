"""Watching an object until all of its pods run the new version, or until it is certain that they will not.

A rollout is done when its controller says so (`rollout_kinds`), twice in a row. It has failed when the controller gives
up, or when an image has a name that nothing can have. Everything else waits for the deadline: an image can be pushed
late, and a quota raised. The pods' own words are part of the result.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace

from leastway.kube.connection import Connection, Json
from leastway.kube.deploying.kinds import ObjectName
from leastway.kube.deploying.pod_states import PodState, waiting_pods
from leastway.kube.deploying.rollout_kinds import WATCHED, WatchedKind
from leastway.kube.reading import read_one
from leastway.primitives import Clock, SystemClock

__all__ = ["Progress", "Rollout", "watch_rollout"]


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


def watch_rollout(
    connection: Connection,
    name: ObjectName,
    *,
    seconds: float,
    report: Callable[[Progress], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
    clock: Clock | None = None,
    pause: float = 1.0,
) -> Progress:
    """Wait for the end of a rollout, at most `seconds`, and return it with its outcome. `report` gets each change.

    The object is of a kind in `WATCHED`. Errors: those of the connection; NotFoundError if the object is gone.
    """
    kind = WATCHED[name.kind]
    time = clock or SystemClock()
    ends = time.monotonic() + seconds
    last: Progress | None = None
    in_a_row = 0
    while True:
        live = read_one(connection, name.path, kind.resource, name.name, name.namespace)
        progress = _progress(connection, name, kind, live)
        in_a_row = in_a_row + 1 if progress.outcome is Rollout.DONE else 0
        if progress != last:
            report(progress)
            last = progress
        if progress.outcome is Rollout.FAILED or in_a_row == 2:
            return progress
        if is_stopped():
            return _ended(progress, Rollout.STOPPED, "the deployment was stopped")
        if time.monotonic() >= ends and not in_a_row:
            return _ended(progress, Rollout.TIMED_OUT, progress.reason or f"it took more than {seconds:.0f} seconds")
        time.sleep(pause)


def _progress(connection: Connection, name: ObjectName, kind: WatchedKind, live: Json) -> Progress:
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
