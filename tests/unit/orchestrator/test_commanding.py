"""What ends a run, or a deployment, and what only puts it off."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import create_engine

from leastway.errors import LeastwayError, OutOfReachError
from leastway.orchestrator.attempt import Attempt
from leastway.orchestrator.commanding import Commanding, failing
from leastway.orchestrator.deploying import DeploymentFailedError
from leastway.orchestrator.deploying.words import failing as failing_deployment
from leastway.orchestrator.procedure import RunFailedError
from leastway.ports import WaitingError
from leastway.store.engine import database_errors
from tests.databases import new_sqlite
from tests.runs import run_of
from tests.unit.broker.world import open_world


def failing_of(what: str) -> AbstractContextManager[None]:
    return failing() if what == "run" else failing_deployment("deployment", "one")


@pytest.mark.parametrize("what", ["run", "deployment"])
@pytest.mark.parametrize("error", [OutOfReachError("planted"), WaitingError("planted")])
def test_what_the_server_cannot_do_now_ends_nothing(what: str, error: LeastwayError) -> None:
    with pytest.raises(type(error)), failing_of(what):
        raise error


@pytest.mark.parametrize("what", ["run", "deployment"])
def test_a_database_that_cannot_be_read_ends_nothing(what: str, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/store")
    with pytest.raises(OutOfReachError), failing_of(what), database_errors(engine, "read"):
        raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize(("what", "kind"), [("run", RunFailedError), ("deployment", DeploymentFailedError)])
def test_what_a_part_cannot_do_ends_it(what: str, kind: type[LeastwayError]) -> None:
    with pytest.raises(kind), failing_of(what):
        raise LeastwayError("planted")


@dataclass
class Left:
    """An attempt of a server that stops, or does not."""

    is_stopping: bool
    killed_because: str | None = None

    @property
    def attempts(self) -> Left:
        return self


@pytest.mark.parametrize(("is_stopping", "kind"), [(True, WaitingError), (False, RunFailedError)])
def test_a_fetch_that_the_end_of_the_server_ends_fails_no_run(
    tmp_path: Path, is_stopping: bool, kind: type[LeastwayError]
) -> None:
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        with world.store.writing() as transaction:
            transaction.runs.add(run_of("one"))
        commanding = Commanding(world.store, cast("Any", None), cast("Any", None), lambda _run, _attempt: None)
        attempt = cast("Attempt", Left(is_stopping))
        with pytest.raises(kind), commanding.ending(run_of("one"), attempt, "fetch"):
            raise LeastwayError("git ended killed")
