"""A platform of server processes that can be killed: one on SQLite, two on PostgreSQL, and an agent for all of them."""

from __future__ import annotations

import http.client
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from leastway.custody import create_key_file
from leastway.kube import Connection
from leastway.service import ServerSettings
from tests.databases import new_postgresql
from tests.integration.deployments.changes import Changes
from tests.integration.deployments.killable import Process
from tests.integration.deployments.world import Controller, Doubles, deploy, errors_of, module, prepare, wait_for
from tests.integration.tunnel.world import agent_thread, key_file, register, until
from tests.running_server import RunningServer

__all__ = ["Clusterside", "Platform", "open_platform"]


@dataclass
class Clusterside:
    """A namespace of the cluster, and what servers and agents need to reach it."""

    admin: Connection
    doubles: Doubles
    namespace: str
    target: str
    controller: Controller


@dataclass
class Platform:
    """The server processes, the agent, and what the environment has."""

    processes: list[Process]
    folder: Path
    cluster: Clusterside
    changes: Changes
    database: Engine
    steps: Engine
    number: int = 0
    rests: list[float] = field(default_factory=list)
    """Seconds from a kill until another process went on."""

    @property
    def is_shared(self) -> bool:
        """Whether there are other processes than the one that is killed."""
        return len(self.processes) > 1

    @property
    def running(self) -> RunningServer:
        """A process that lives."""
        return next(one for one in self.processes if one.is_alive).running

    @property
    def comes(self) -> str:
        """The workload that the latest set has, and the one before had not."""
        return ("jobs", "api")[self.number % 2]

    @property
    def leaves(self) -> str:
        """The workload that left."""
        return ("api", "jobs")[self.number % 2]

    def next_set(self) -> dict[str, Any]:
        """Return the modules of the next deployment: one changes, one comes, and one of those before leaves."""
        self.number += 1
        return {"web": module(f"registry.example/web:{self.number}"), self.comes: module()}

    def killed_at(self, point: str, modules: dict[str, Any], by: signal.Signals = signal.SIGKILL) -> Process:
        """Begin a deployment whose process gets the signal there, and return that one, which has ended."""
        (self.folder / "reached").unlink(missing_ok=True)
        (self.folder / "kill").write_text(f"{by.name} {point}")
        with suppress(OSError, http.client.HTTPException):  # it may be killed before it has answered
            deploy(self.running, modules)
        until(lambda: not all(one.is_alive for one in self.processes), 180)
        (dead,) = [one for one in self.processes if not one.is_alive]
        return dead

    def start_again(self, dead: Process) -> None:
        """Start a process that was killed, and wait until the agent has dialed in to it too.

        A deployment that begins earlier there waits for the agent, in a step that it begins a second time.
        """
        before = self.agent_connections()
        dead.start()
        until(lambda: not self.agent_connections() <= before, 120)

    def agent_connections(self) -> set[str]:
        """Return the server processes, alive and dead, in which the agent is recorded as connected."""
        return {row.process for row in self.rows("SELECT process FROM agent_connections WHERE left_at IS NULL")}

    def rows(self, query: str) -> list[Any]:
        """Return what a query finds in the database of the server."""
        with self.database.connect() as connection:
            return list(connection.execute(text(query)))

    def unfinished_workflows(self) -> list[str]:
        """Return the workflows that the record of the steps does not have as done."""
        schema = "dbos." if self.is_shared else ""
        with self.steps.connect() as connection:
            query = f"SELECT workflow_uuid FROM {schema}workflow_status WHERE status <> 'SUCCESS'"
            return list(connection.scalars(text(query)))


@contextmanager
def open_platform(kind: str, folder: Path, cluster: Clusterside) -> Iterator[Platform]:
    """Start the processes on a database of that kind, and deploy a first set."""
    create_key_file(folder / "key")
    if kind == "sqlite":
        settings = ServerSettings(folder / "data", organization="acme", wrapping_key=str(folder / "key"))
        with _started([settings], folder, cluster) as platform:
            yield platform
        return
    with new_postgresql() as url:
        first = ServerSettings(folder / "data", url, organization="acme", wrapping_key=str(folder / "key"))
        with _started([first, replace(first, data=folder / "other")], folder, cluster) as platform:
            yield platform


@contextmanager
def _started(settings: list[ServerSettings], folder: Path, at: Clusterside) -> Iterator[Platform]:
    url, data = settings[0].database, settings[0].data
    database = create_engine(url or f"sqlite:///{data}/leastway.db")
    steps = create_engine(url or f"sqlite:///{data}/steps/steps.db")
    processes = [Process(one, folder, at.doubles) for one in settings]
    changes = Changes(at.admin, at.namespace)
    try:
        for one in processes:
            one.token = processes[0].token
            one.start()
        running = processes[0].running
        register(running, "prod", 1)
        prepare(running, at.namespace)
        urls = " ".join(one.running.url for one in processes)
        with agent_thread(urls, key_file(folder, 1), [at.target]):
            made = Platform(processes, folder, at, changes, database, steps)
            until(lambda: len(made.agent_connections()) == len(processes), 120)
            begun = deploy(running, made.next_set())
            assert wait_for(running, begun, 240)["status"] == "succeeded", errors_of(running, begun)
            yield made
            assert wait_for(made.running, deploy(made.running, None), 240)["status"] == "succeeded"
    finally:
        for one in processes:
            one.stop()
        changes.close()
        for engine in (database, steps):
            engine.dispose()
