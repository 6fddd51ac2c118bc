"""Server processes that kill themselves at a point of a deployment, and what they did until then.

A point is `in STEP` (its work is done, and not recorded yet), `after STEP` (it is recorded), `PATCH n` and `DELETE n`
(the API server answered the request with that number since the step of a process began), or `watching` (a rollout was
looked at). Every process notes what it reaches; the first that reaches the point in the file `kill` gets its signal.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from leastway.api import Listening, Running, run
from leastway.custody import Passwords
from leastway.jobs import engine
from leastway.kube import Connection
from leastway.kube.deploying import watch_rollouts
from leastway.orchestrator.deploying import cluster_work
from leastway.primitives import Secret
from leastway.service import ServerSettings, open_server
from leastway.service.aws_access import AwsAccess
from tests.forked import PROCESSES
from tests.integration.deployments.world import PAUSE, Doubles
from tests.running_server import RunningServer

__all__ = ["Process", "Reached", "noted"]


@dataclass(frozen=True)
class Reached:
    """A point that a process reached, and when."""

    at: float
    process: int
    point: str


@dataclass
class Process:
    """One server process on `port`, which keeps its data and is started again there after a kill."""

    settings: ServerSettings
    folder: Path
    doubles: Doubles
    port: int = 0
    token: str = ""
    process: BaseProcess | None = None

    def start(self) -> RunningServer:
        """Start the process, and return what sends it requests as the owner."""
        mine, its = PROCESSES.Pipe()
        self.process = PROCESSES.Process(
            target=_serve, args=(self.settings, self.folder, self.doubles, self.port, its), daemon=True
        )
        self.process.start()
        its.close()
        assert mine.poll(300), "the server did not start"
        url, token = mine.recv()
        self.port, self.token = int(url.rpartition(":")[2]), token or self.token
        return self.running

    @property
    def running(self) -> RunningServer:
        url = f"http://127.0.0.1:{self.port}"
        return RunningServer(None, url, Secret(self.token))  # type: ignore[arg-type]  # requests alone are sent

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def stop(self) -> None:
        """End it in order."""
        if self.process is not None and self.process.is_alive():
            self.process.terminate()
            self.process.join(60)
            if self.process.is_alive():
                self.process.kill()


def noted(folder: Path) -> list[Reached]:
    """Return what all processes reached since `kill` was written, in the order of time."""
    lines = (folder / "reached").read_text().splitlines() if (folder / "reached").exists() else []
    return [Reached(float(at), int(process), point) for at, process, point in (one.split(" ", 2) for one in lines)]


class Points:
    """The points of this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def begin(self, step: str) -> None:
        """Note that a step begins, and count requests anew."""
        with self._lock:
            self._counts = {}
        _note(self._folder, f"begin {step}")

    def count(self, what: str) -> None:
        """Reach the next of the points with this name."""
        with self._lock:
            self._counts[what] = number = self._counts.get(what, 0) + 1
        self.reach(f"{what} {number}")

    def reach(self, point: str) -> None:
        """Note a point, and send this process its signal if this is the one."""
        _note(self._folder, point)
        at = self._folder / "kill"
        try:
            by, _, awaited = at.read_text().partition(" ")
            if awaited != point:
                return
            at.unlink()  # one process succeeds
        except FileNotFoundError:
            return
        _note(self._folder, "killed")
        os.kill(os.getpid(), signal.Signals[by])


def _note(folder: Path, point: str) -> None:
    line = f"{time.time():.3f} {os.getpid()} {point}\n".encode()
    at = os.open(folder / "reached", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(at, line)
    finally:
        os.close(at)


def _serve(settings: ServerSettings, folder: Path, doubles: Doubles, port: int, told: Pipe) -> None:
    points = Points(folder)
    _point_out_steps(points)
    _point_out_requests(points)
    AwsAccess.ambient = lambda *_: doubles.access()  # type: ignore[method-assign]
    tokens: list[Secret] = []

    def ready(running: Running) -> None:
        told.send((running.url, tokens[0].reveal() if tokens else ""))

    with open_server(settings, tokens.append) as opened:
        run(replace(opened, passwords=Passwords(passes=1, memory=64)), Listening("127.0.0.1", port), ready)


def _point_out_steps(points: Points) -> None:
    once = engine._RecordedSteps.once

    def pointed(steps: Any, name: str, act: Callable[[], Any], /) -> Any:
        is_done = False

        def acted() -> Any:
            nonlocal is_done
            points.begin(name)
            result = act()
            points.reach(f"in {name}")
            is_done = True
            return result

        result = once(steps, name, acted)
        if is_done:  # and not only replayed
            points.reach(f"after {name}")
        return result

    engine._RecordedSteps.once = pointed  # type: ignore[method-assign]


def _point_out_requests(points: Points) -> None:
    request = Connection.request

    def pointed(connection: Connection, method: Any, path: str, *arguments: Any, **options: Any) -> Any:
        answer = request(connection, method, path, *arguments, **options)
        if method in ("PATCH", "DELETE"):
            points.count(method)
        return answer

    def watching(*arguments: Any, report: Callable[[Any, Any], None], **options: Any) -> Any:
        def looked(name: Any, progress: Any) -> None:
            report(name, progress)
            points.reach("watching")

        return watch_rollouts(*arguments, report=looked, pause=PAUSE, **options)

    Connection.request = pointed  # type: ignore[method-assign, assignment]
    cluster_work.watch_rollouts = watching  # type: ignore[attr-defined, assignment]
