"""A sandbox with an example's accounts and clusters, and runs of leastway on it that may be killed."""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from leastway.grant import Grant, load_grant
from leastway.reconcile import Convergence
from leastway.sandbox import Sandbox, Seeded
from leastway.sandbox.grant_scenario import scenario_of
from tests.forked import PROCESSES
from tests.manual_installation import install_by_hand

EXAMPLES = Path(__file__).parents[3] / "src" / "leastway" / "examples"
QUICK = Convergence(successes=1, interval=0.02, deadline=20)
Step = Literal["plan", "apply", "finish", "offboard", "revoke", "restore"]


@dataclass(frozen=True)
class Ended:
    """The result of a run: an exit code (negative: the signal), and its message."""

    code: int
    output: str = ""

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


@dataclass(frozen=True)
class World:
    """One example in one sandbox; `state` is leastway's state folder, which a test may copy and restore."""

    sandbox: Sandbox
    seeded: Seeded
    grant: Grant
    path: Path
    state: Path
    is_installed_by_hand: bool = False

    @property
    def environment(self) -> dict[str, str]:
        first = self.grant.accounts[0]
        return self.sandbox.environment(self.seeded.admins[first.id], region=first.region)

    def run(self, *steps: Step, kill_after: int = 0) -> Ended:
        """Run steps in a process of their own, up to the first that is not complete.

        The process gets SIGKILL after write number `kill_after`, unless that is 0.
        """
        from tests.integration.life.run import run

        ours, theirs = PROCESSES.Pipe()
        process = PROCESSES.Process(target=run, args=(theirs, steps, self.path, self.state, self.environment))
        process.start()
        theirs.close()
        assert process.pid is not None
        if kill_after:
            self.sandbox.control.kill_after_write(kill_after, process.pid)
        ours.send("go")
        output = _last_words(ours)
        process.join(60)
        assert process.exitcode is not None, "the run hangs"
        self.sandbox.control.kill_after_write(0, 0)
        return Ended(process.exitcode, output)

    def keep_state(self, folder: Path) -> None:
        shutil.copytree(self.state, folder)

    def put_state_back(self, folder: Path) -> None:
        shutil.rmtree(self.state)
        shutil.copytree(folder, self.state)


def _last_words(ours: Connection) -> str:
    try:
        return str(ours.recv())
    except EOFError:
        return ""


def make_world(sandbox: Sandbox, example: str, folder: Path, *, installed_by_hand: bool = False) -> World:
    """Fill the empty sandbox with what `example` needs; its grant uses the sandbox's engineers for access.

    With `installed_by_hand`, the published manifest is installed in the accounts already.
    """
    copy = folder / example
    shutil.copytree(EXAMPLES / example, copy)
    path = copy / "grant.yaml"
    path.write_text(path.read_text().replace("role/leastway-operator", "role/admin"))
    return world_of(sandbox, path, folder, installed_by_hand=installed_by_hand)


def world_of(sandbox: Sandbox, path: Path, folder: Path, *, installed_by_hand: bool = False) -> World:
    """Fill the empty sandbox with what the grant in the file `path` needs."""
    grant = load_grant(path)
    scenario = scenario_of(grant)
    seeded = sandbox.control.seed(scenario)
    if installed_by_hand:
        for admin in seeded.admins.values():
            install_by_hand(sandbox, admin)
    return World(sandbox, seeded, grant, path, folder / "state", installed_by_hand)


def say(pipe: Connection, error: BaseException) -> None:
    pipe.send("".join(traceback.format_exception(error)))


def lead_to(environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)
