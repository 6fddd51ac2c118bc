"""A run that its server cannot carry out now says why in its own log."""

from __future__ import annotations

import errno
import json
import os
import uuid
from pathlib import Path
from typing import Any, cast

import pytest

from leastway.errors import LeastwayError
from leastway.jobs import SharedEngine
from leastway.orchestrator import Orchestrator
from leastway.orchestrator.attempt_record import AttemptRecord, began_at, write_record
from leastway.orchestrator.attempts import Attempts
from leastway.orchestrator.folders import RECORD, OwnFolder
from leastway.orchestrator.journal import Journal
from leastway.orchestrator.leftovers import UNSENT
from leastway.orchestrator.machinery import Machinery
from leastway.orchestrator.parts import OrchestratorParts
from leastway.orchestrator.settings import RunSettings
from leastway.registry import RunStatus
from tests.databases import new_sqlite
from tests.runs import run_of
from tests.unit.broker.world import open_world


class Nothing:
    """What is not asked here."""

    def __init__(self, **given: Any) -> None:
        self.__dict__.update(given)

    def register(self, _workflow: object) -> None:
        pass

    def find(self, _run: str) -> None:
        return None


class Failing:
    """Steps that fail as they are told."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def once(self, _name: str, _act: object) -> object:
        raise self.errors.pop(0)


def test_why_a_run_does_not_go_on_is_in_its_log_once_for_each_reason(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/a/path/of/the/server")
    other = LeastwayError("the run's supervisor did not connect", where="/a/path/of/the/server")
    steps = Failing(full, full, other, RuntimeError("planted"))
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        with world.store.writing() as transaction:
            transaction.runs.add(run_of("one"))
        journal = Journal(world.store, world.clock)
        parts = cast("OrchestratorParts", Nothing(store=world.store))
        settings = cast("RunSettings", Nothing(most=1, folder=Path("unused")))
        orchestrator = Orchestrator(parts, settings, cast("SharedEngine", Nothing(is_shared=False)))
        attempts = cast("Attempts", Nothing())
        nothing = cast("Any", Nothing())
        orchestrator._machinery = Machinery(nothing, attempts, nothing, journal, nothing)
        for error in tuple(steps.errors):
            with pytest.raises(type(error)):
                orchestrator._carry_out(cast("Any", steps), "one")
        journal.close()
        with world.store.reading() as transaction:
            lines = [each.text for each in transaction.runs.lines("one", 0, 10)]
    before = "the server cannot go on with the run, and tries again: "
    assert lines == [
        f"{before}No space left on device (ask its operator)",
        f"{before}the run's supervisor did not connect (ask its operator)",
        f"{before}internal error: RuntimeError (ask its operator)",
    ]


def started_by_a_look(status: RunStatus, attempts: Nothing, *, is_shared: bool = False) -> list[str]:
    """Return the runs that one look at an unfinished run lets go on."""
    started: list[str] = []
    engine = Nothing(is_shared=is_shared, get=lambda: Nothing(start=lambda _workflow, _name, run: started.append(run)))
    parts = cast("OrchestratorParts", Nothing(store=None))
    orchestrator = Orchestrator(
        parts, cast("RunSettings", Nothing(most=1, folder=Path("unused"))), cast("SharedEngine", engine)
    )
    nothing = cast("Any", Nothing())
    orchestrator._machinery = Machinery(nothing, cast("Attempts", attempts), nothing, nothing, nothing)
    orchestrator._look(run_of("one", status=status))
    return started


@pytest.mark.parametrize(("killed_because", "goes_on"), [(None, []), ("a kill switch stops account prod", ["one"])])
def test_a_run_that_waits_for_an_approval_goes_on_once_a_kill_switch_stops_it(
    killed_because: str | None, goes_on: list[str]
) -> None:
    attempts = Nothing()
    attempts.find = lambda _run: Nothing(killed_because=killed_because)  # type: ignore[assignment,method-assign]
    assert started_by_a_look(RunStatus.AWAITING_APPROVAL, attempts) == goes_on


@pytest.mark.parametrize(
    ("status", "is_shared", "begins"),
    [
        (RunStatus.QUEUED, True, ["one"]),
        (RunStatus.RUNNING, True, []),
        (RunStatus.RUNNING, False, ["one"]),
    ],
)
def test_a_run_that_was_stored_and_not_begun_begins_in_another_process(
    status: RunStatus, is_shared: bool, begins: list[str]
) -> None:
    assert started_by_a_look(status, Nothing(), is_shared=is_shared) == begins


def test_a_run_whose_folder_cannot_be_made_says_so_in_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    settings = RunSettings(folder=tmp_path / "file" / "runs")
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        with world.store.writing() as transaction:
            transaction.runs.add(run_of("one"))
        parts = cast("OrchestratorParts", Nothing(store=world.store))
        orchestrator = Orchestrator(parts, settings, cast("SharedEngine", Nothing()))
        monkeypatch.setattr(orchestrator, "_watch", lambda: None)
        with pytest.raises(LeastwayError, match="the folder of runs cannot be made"):
            orchestrator.check_ready()
        orchestrator.start("one")
        orchestrator.start("one")
        with world.store.reading() as transaction:
            lines = [each.text for each in transaction.runs.lines("one", 0, 10)]
    why = "the folder of runs cannot be made: Not a directory"
    assert lines == [f"the server cannot go on with the run, and tries again: {why} (ask its operator)"]


@pytest.mark.parametrize(("left", "made"), [(True, [1]), (False, [])])
def test_supervisors_that_a_process_before_left_here_are_answered_before_another_process_takes_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bool, made: list[int]
) -> None:
    (tmp_path / "one").mkdir()
    if left:
        (tmp_path / "one" / RECORD).touch()
    parts = cast("OrchestratorParts", Nothing(store=None))
    orchestrator = Orchestrator(parts, RunSettings(folder=tmp_path), cast("SharedEngine", Nothing()))
    heard: list[int] = []
    monkeypatch.setattr(orchestrator, "_made", lambda: heard.append(1))
    orchestrator._find_supervisors([run_of("one"), run_of("two")])
    assert heard == made


@pytest.mark.parametrize("lives", [False, True])
def test_a_folder_whose_run_was_deleted_while_the_machine_was_away_goes_when_nothing_works_in_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, lives: bool
) -> None:
    """A saved plan in it has secrets in plain text, and no process will ever take the run up."""
    run, is_this = str(uuid.uuid4()), os.getpid() if lives else 0
    folder = tmp_path / "runs" / run
    (folder / "module").mkdir(parents=True)
    write_record(folder / RECORD, AttemptRecord("lease", "token", "state", is_this, began_at(os.getpid())))
    (folder / "module.json").write_text('{"path": "module", "own_values": [], "has_lock_file": 0, "keeps_backend": 0}')
    resource = {"mode": "managed", "type": "terraform_data", "name": "x", "instances": [{"attributes": {}}]}
    state = {"version": 4, "serial": 1, "lineage": "one", "outputs": {}, "resources": [resource]}
    (folder / "module" / UNSENT).write_text(json.dumps(state))
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        parts = cast("OrchestratorParts", Nothing(store=world.store))
        settings = RunSettings(folder=tmp_path / "runs")
        Orchestrator(parts, settings, cast("SharedEngine", Nothing()))._remove_left(set())
    assert folder.exists() == lives
    assert ("lists terraform_data.x; it was not stored" in caplog.text) != lives


@pytest.mark.parametrize(("status", "ends"), [(RunStatus.CANCELLED, True), (RunStatus.AWAITING_APPROVAL, False)])
def test_an_attempt_here_ends_when_another_process_has_ended_its_run(
    tmp_path: Path, status: RunStatus, ends: bool
) -> None:
    """A run that waits can be cancelled by any process; otherwise its attempt would be open until the server stops."""
    run = str(uuid.uuid4())
    folder = tmp_path / "runs" / run
    folder.mkdir(parents=True)
    ended: list[str] = []
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        with world.store.writing() as transaction:
            transaction.runs.add(run_of(run, status=status))
        parts = cast("OrchestratorParts", Nothing(store=world.store))
        orchestrator = Orchestrator(parts, RunSettings(folder=tmp_path / "runs"), cast("SharedEngine", Nothing()))
        orchestrator._machinery = cast("Machinery", Nothing(attempts=Nothing(end=ended.append)))
        orchestrator._remove_left(set())
    assert (ended, folder.exists()) == ([run] if ends else [], not ends)


def test_the_folders_of_runs_of_another_server_stay(tmp_path: Path) -> None:
    """Two servers with two databases share a folder by mistake."""
    run = tmp_path / "runs" / str(uuid.uuid4())
    run.mkdir(parents=True)
    other = OwnFolder(tmp_path / "runs")
    other.take()
    settings = RunSettings(folder=tmp_path / "runs")
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        parts = cast("OrchestratorParts", Nothing(store=world.store))
        orchestrator = Orchestrator(parts, settings, cast("SharedEngine", Nothing()))
        for use in (orchestrator.check_ready, orchestrator._made, lambda: orchestrator._remove_left(set())):
            with pytest.raises(LeastwayError, match="another server uses the folder of runs"):
                use()
        assert run.exists()
        other.release()
        orchestrator._remove_left(set())
    assert not run.exists()


@pytest.mark.parametrize(("is_shared", "is_left"), [(True, False), (True, True), (False, False)])
def test_a_run_is_left_to_a_server_that_has_programs(tmp_path: Path, is_shared: bool, is_left: bool) -> None:
    """What an attempt here has begun goes on here, and without other servers a run fails with the reason."""
    (tmp_path / "one").mkdir()
    if is_left:
        (tmp_path / "one" / RECORD).touch()
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        with world.store.writing() as transaction:
            transaction.runs.add(run_of("one"))
        parts = cast("OrchestratorParts", Nothing(store=world.store))
        settings = RunSettings(folder=tmp_path, tools=tmp_path)
        orchestrator = Orchestrator(parts, settings, cast("SharedEngine", Nothing(is_shared=is_shared)))
        nothing, journal = cast("Any", Nothing()), Journal(world.store, world.clock)
        orchestrator._machinery = Machinery(nothing, cast("Attempts", nothing), nothing, journal, nothing)
        is_carried_out = is_left or not is_shared
        with pytest.raises(LeastwayError, match="carried out" if is_carried_out else "tofu or terraform is not in"):
            orchestrator._carry_out(cast("Any", Failing(LeastwayError("carried out"))), "one")
        journal.close()


def test_runs_that_wait_for_an_approval_are_named_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a restored backup nothing else says why no other run of their resources begins."""
    caplog.set_level("INFO", logger="leastway.runs")
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        with world.store.writing() as transaction:
            for number in range(12):
                transaction.runs.add(run_of(f"waits-{number}", status=RunStatus.AWAITING_APPROVAL))
            transaction.runs.add(run_of("works", status=RunStatus.RUNNING))
        parts = cast("OrchestratorParts", Nothing(store=world.store))
        engine = cast("SharedEngine", Nothing(is_shared=False))
        orchestrator = Orchestrator(parts, RunSettings(folder=tmp_path / "runs"), engine)
        monkeypatch.setattr(orchestrator, "_watch", lambda: None)
        with orchestrator.going_on():
            pass
    (said,) = caplog.messages
    assert "waits-0" in said
    assert "and 2 more. No other run of their resources begins" in said
    assert "works" not in said


def test_a_server_on_a_restored_file_removes_the_folders_of_runs_that_it_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs" / str(uuid.uuid4())
    folder.mkdir(parents=True)
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        parts = cast("OrchestratorParts", Nothing(store=world.store))
        engine = cast("SharedEngine", Nothing(is_shared=False))
        orchestrator = Orchestrator(parts, RunSettings(folder=tmp_path / "runs"), engine)
        monkeypatch.setattr(orchestrator._stopped, "wait", lambda _seconds: orchestrator._stopped.set())
        orchestrator._keep()
    assert not folder.exists()
