"""Runs of `leastway rotate` in processes of their own, which may be killed within a durable step."""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import dbos  # noqa: F401  # loaded once, in the fork server

from leastway.app.rotate import open_rotations
from leastway.app.settings import Settings
from leastway.app.wiring import opened
from leastway.jobs import engine
from leastway.reconcile import Pace
from tests.forked import PROCESSES
from tests.integration.life.world import QUICK, World, lead_to, say

_AT_ONCE = Pace(dt.timedelta(), dt.timedelta())


@dataclass(frozen=True)
class Ran:
    """What a run left: whether it was killed, and the state and the problem of the only account."""

    killed: bool
    state: str = ""
    problem: str = ""
    new: str = ""
    unconfirmed: tuple[str, ...] = ()


def rotate(world: World, *, back: bool = False, confirm: bool = False, kill_in: str = "") -> Ran:
    """Run `rotate` once; `confirm` every place that waits first; kill it when the step `kill_in` is done."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(
        target=_run, args=(theirs, world.path, world.state, world.environment, back, confirm, kill_in)
    )
    process.start()
    theirs.close()
    try:
        found = ours.recv()
    except EOFError:
        found = ()
    process.join(120)
    if process.exitcode == -signal.SIGKILL:
        return Ran(True)
    assert process.exitcode == 0, found
    return Ran(False, *found)


def _run(
    pipe: Connection, path: Path, state: Path, environment: dict[str, str], back: bool, confirm: bool, kill_in: str
) -> None:
    lead_to(environment)
    once: Callable[..., Any] = engine._RecordedSteps.once

    def killed_once(steps: Any, name: str, act: Callable[[], Any], /) -> Any:
        def killed() -> Any:
            result = act()
            if name == kill_in:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return once(steps, name, killed)

    engine._RecordedSteps.once = killed_once  # type: ignore[method-assign]
    settings = Settings(state, state / "leastway.db")
    try:
        with (
            opened(path, settings=settings, convergence=QUICK) as open_grant,
            open_rotations(open_grant, pace=_AT_ONCE) as rotations,
        ):
            (before,) = rotations.look()
            for place in before.unconfirmed if confirm else ():
                rotations.confirm(before.account, place.name)
            (done,) = (rotations.roll_back if back else rotations.go_on)([before.account])
            unconfirmed = tuple(place.name for place in done.unconfirmed)
            pipe.send((done.state.value, str(done.problem or ""), done.new or "", unconfirmed))
    except BaseException as error:
        say(pipe, error)
        raise
