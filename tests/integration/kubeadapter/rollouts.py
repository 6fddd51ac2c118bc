"""Watching one rollout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leastway.kube import Connection
from leastway.kube.deploying import ObjectName, Progress, watch_rollouts

__all__ = ["watch_rollout"]


def watch_rollout(
    connection: Connection, name: ObjectName, *, report: Callable[[Progress], object] = lambda _: None, **options: Any
) -> Progress:
    """Wait for the end of a rollout, and return it; `options` are those of `watch_rollouts`."""

    def told(_name: ObjectName, progress: Progress) -> None:
        report(progress)

    ((_, ended),) = watch_rollouts(connection, [name], report=told, **options)
    return ended
