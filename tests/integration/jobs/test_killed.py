"""A process is killed in each step, and after each step: the next one continues, and no finished step is repeated."""

import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from leastway.errors import LeastwayError
from leastway.jobs import open_database, open_file
from tests.databases import new_postgresql
from tests.integration.jobs.workers import noted, on_database, on_file, start, workflow

pytestmark = pytest.mark.integration

POINTS = [("", "one"), ("", "two"), ("", "three"), ("one", ""), ("two", ""), ("three", "")]


def times(killed_in: str) -> list[str]:
    """Return the steps that run in all: the one that was killed runs twice."""
    return [step for step in ("one", "two", "three") for _ in range(2 if step == killed_in else 1)]


@pytest.mark.parametrize(("kill_in", "after"), POINTS)
def test_on_a_file_the_next_process_continues(kill_in: str, after: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    process = start(on_file, tmp_path / "jobs.db", notes, kill_in, after)
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with open_file(tmp_path / "jobs.db", [workflow(notes)]) as engine:
        assert engine.run("work", "the-work", "x") == {"argument": "x", "done": ["one", "two", "three"]}
    assert noted(notes) == times(kill_in)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with new_postgresql() as found:
        yield found


@pytest.mark.parametrize(("kill_in", "after"), [("two", ""), ("", "one")])
def test_on_a_shared_database_another_process_continues_soon(
    url: str, kill_in: str, after: str, tmp_path: Path
) -> None:
    notes, identifier = tmp_path / "notes", str(uuid.uuid4())
    with open_database(url, []):
        pass  # the tables exist before two processes start
    victim = start(on_database, url, notes, identifier, kill_in, after)
    wait_for(lambda: noted(notes) == ["one"])
    with open_database(url, [workflow(notes)]) as engine:
        notes.with_suffix(".gate").touch()
        victim.join(60)
        died = time.monotonic()
        assert victim.exitcode == -signal.SIGKILL
        assert engine.result(identifier) == {"argument": "x", "done": ["one", "two", "three"]}
        assert time.monotonic() - died < 30  # five on a machine with nothing else to do
    assert noted(notes) == times(kill_in)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_process_that_loses_its_lock_ends(url: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    process = start(on_database, url, notes, "unused")
    ready = notes.with_suffix(".ready")
    wait_for(ready.exists)
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'leastway executor' AND datname = current_database()"
        )
    process.join(10)
    assert process.exitcode == 70


def test_an_executor_id_has_one_process(url: str) -> None:
    refused = pytest.raises(LeastwayError, match="another process has this executor id")
    with open_database(url, [], executor="the-one"), refused, open_database(url, [], executor="the-one"):
        pass


def test_a_database_that_cannot_be_reached_is_an_error() -> None:
    refused = pytest.raises(LeastwayError, match="the database cannot be reached")
    with refused, open_database("postgresql+psycopg://nobody@127.0.0.1:1/none", []):
        pass
