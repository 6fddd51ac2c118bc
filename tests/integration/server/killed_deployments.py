"""Processes that begin deployments: one kills itself after a durable step, others begin theirs at the same moment."""

from __future__ import annotations

import time
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from typing import Any

from leastway.primitives import Secret
from leastway.registry import EMPTY_SET
from leastway.service import ServerSettings, deployments
from leastway.service.deployments import WantedDeployment
from leastway.service.durable_work import DurableWork
from leastway.store import ConflictError
from tests.forked import PROCESSES
from tests.integration.server.killed_changes import caller_of, opened
from tests.integration.server.killed_steps import kill_after_step

__all__ = ["PLACE", "begun_and_killed", "begun_together"]

PLACE = ("acme", "shop", "development")


def begun_and_killed(settings: ServerSettings, token: str, target: str | None, step: int) -> int | None:
    """Begin a deployment in another process, or go on with one, which is killed after that step."""
    process = PROCESSES.Process(target=_begin, args=(settings, token, target, step))
    process.start()
    process.join(120)
    return process.exitcode


def _begin(settings: ServerSettings, token: str, target: str | None, step: int) -> None:
    kill_after_step(step)
    with opened(settings) as (server, _):
        if target is not None:
            wanted = WantedDeployment(set_id=target)
            deployments.create_deployment(server, caller_of(server, Secret(token)), *PLACE, wanted)
        time.sleep(60)


def begun_together(settings: ServerSettings, token: str, tries: int) -> list[bool]:
    """Begin deployments in two processes at once, and return for each whether it was begun."""
    barrier, results = PROCESSES.Barrier(2), PROCESSES.Queue()
    others = [settings, replace(settings, data=settings.data.with_name("second"))]
    processes = [PROCESSES.Process(target=_race, args=(one, token, tries, barrier, results)) for one in others]
    for process in processes:
        process.start()
    found = [bool(results.get(timeout=120)) for _ in range(2 * tries)]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    return found


def _race(settings: ServerSettings, token: str, tries: int, barrier: Barrier, results: Any) -> None:
    DurableWork._look = lambda *_: None  # type: ignore[method-assign]  # nothing goes on
    with opened(settings) as (server, _):
        caller = caller_of(server, Secret(token))
        barrier.wait(60)
        for _ in range(tries):
            try:
                deployments.create_deployment(server, caller, *PLACE, WantedDeployment(set_id=EMPTY_SET.id))
                results.put(True)
            except ConflictError:
                results.put(False)
