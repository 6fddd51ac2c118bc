"""A server in a process of its own that tests kill, and what must hold afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from leastway.cli import main
from leastway.primitives import Secret
from tests.forked import started
from tests.integration.runs.armed import main_with
from tests.integration.runs.world import ACCOUNT_BODY, World
from tests.running_server import RunningServer

ROOT = Path(__file__).parents[3]
WITHOUT_RUNS: Final = 3
"""Processes: the one that forks, and the supervisor that waits for the next run, with what will enter its sandboxes."""


@dataclass
class Killable:
    """A server in a process of its own, which is killed and started again on the same data and address.

    `shared` is a PostgreSQL database and the wrapping key, `orders` a file that says in which step the server kills
    itself (`tests.integration.runs.armed`).
    """

    world: World
    folder: Path
    shared: tuple[str, Path] | None = None
    orders: Path | None = None
    port: int = 0
    process: BaseProcess | None = None
    token: str = ""

    def start(self) -> World:
        """Start the server, and return the world with it."""
        program = main if self.orders is None else partial(main_with, self.orders)
        command = ["leastway", "serve", "--data", str(self.folder / "d")]
        command += ["--run-folder", str(self.folder / "r"), "--run-tools", str(self.world.folder / "tools")]
        command += ["--organization", "acme", "--listen", f"127.0.0.1:{self.port}"]
        environment = dict(os.environ)
        if self.shared is not None:
            environment["LEASTWAY_DATABASE"] = self.shared[0]
            command += ["--wrapping-key", str(self.shared[1])]
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o711)
        log = self.folder / "log"
        log.touch()
        self.process = started(program, command, environment=environment, folder=ROOT, log=log)
        give_up = time.monotonic() + 180
        while (url := self._url()) is None:
            assert time.monotonic() < give_up, log.read_text()
            assert self.process.is_alive(), log.read_text()
            time.sleep(0.05)
        self.port = int(url.rpartition(":")[2])
        self.token = self.token or (self.folder / "d" / "owner-token").read_text().strip()
        running = RunningServer(None, url, Secret(self.token))  # type: ignore[arg-type]  # requests alone are sent
        self.world = replace(self.world, server=running)
        return self.world

    def _url(self) -> str | None:
        """Return the URL that this start of the server has printed."""
        text = (self.folder / "log").read_text()
        after = text.rpartition("killed by the test\n")[2]
        return next((line.split()[-1] for line in after.splitlines() if line.startswith("leastway serves ")), None)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.killed()

    def killed(self) -> None:
        """Wait for the end of the process, which is killed."""
        assert self.process is not None
        self.process.join(60)
        assert self.process.exitcode == -signal.SIGKILL, (self.folder / "log").read_text()
        with (self.folder / "log").open("a") as log:
            log.write("killed by the test\n")

    def supervisors(self) -> list[int]:
        """Return the processes of supervisors of the folder's runs, and those `WITHOUT_RUNS`."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                is_one = entry.name.isdigit() and b"leastway.gateway.supervisor" in (entry / "cmdline").read_bytes()
                if is_one and str(self.folder) in str((entry / "fd" / "2").readlink()):
                    found.append(int(entry.name))
        return found

    def stop(self) -> None:
        """End the process in order."""
        assert self.process is not None
        self.process.terminate()
        self.process.join(60)
        assert self.process.exitcode is not None


def new_folder(world: World, name: str) -> Path:
    """Return a short path that nobody has."""
    return world.folder / f"{name}{os.getpid()}-{time.monotonic_ns() % 100000}"


@contextmanager
def killable_server(
    world: World, folder: Path, shared: tuple[str, Path] | None = None, orders: Path | None = None
) -> Iterator[Killable]:
    """Start a server with an application and a cloud account."""
    made = Killable(world, folder, shared, orders)
    server = made.start().server
    server.request("POST", "/orgs/acme/env-types", {"id": "development-type"})
    body = {"id": "shop", "name": "Shop", "env": {"id": "dev", "name": "D", "type": "development-type"}}
    assert server.request("POST", "/orgs/acme/apps", body).status == 201
    assert server.request("POST", "/orgs/acme/resources/accounts", ACCOUNT_BODY).status == 200
    try:
        yield made
    finally:
        made.stop()


def places_of(secret: bytes, folder: Path) -> Iterator[str]:
    """Yield where a secret is readable: files of a server and its runs, arguments and environments of processes."""
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file() and not path.is_symlink() and secret in path.read_bytes():
                yield str(path)
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        for name in ("cmdline", "environ"):
            with suppress(OSError):
                if secret in (process / name).read_bytes():
                    yield f"{name} of {process.name}"
