"""The state of a run whose apply works on without its server, and one that Terraform could not send."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from leastway.errors import LeastwayError, OutOfReachError
from leastway.orchestrator import work as work_of_runs
from leastway.orchestrator.attempt import Attempt, GoneError
from leastway.orchestrator.attempts import Attempts
from leastway.orchestrator.leftovers import UNSENT
from leastway.orchestrator.preparing import UngovernedError
from leastway.orchestrator.procedure import CancelledError, RunFailedError
from leastway.orchestrator.recording import end_cancelled
from leastway.orchestrator.saved_plan import digest_of
from leastway.orchestrator.work import TerraformWork
from leastway.ports import WaitingError
from leastway.primitives import Secret
from leastway.registry import ActiveResourceStatus, RunAction, RunPhase
from tests.active_resources import active_resource
from tests.databases import new_sqlite
from tests.runs import run_of
from tests.unit.broker.world import open_world

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Given:
    """What is given, and nothing else."""

    def __init__(self, **given: Any) -> None:
        self.__dict__.update(given)


def work_in(folder: Path, error: LeastwayError) -> TerraformWork:
    """Return the work of a run whose vault cannot store the state that is in its folder."""

    def permit_writes(_run: str, _attempt: int) -> None:
        raise error

    (folder / "module").mkdir()
    (folder / "module" / UNSENT).write_text("{}")
    kept = {"path": "module", "own_values": [], "has_lock_file": False, "keeps_backend": False}
    (folder / "module.json").write_text(json.dumps(kept))
    nothing = cast("Any", None)
    return TerraformWork(
        store=nothing,
        custody=nothing,
        vault=cast("Any", Given(permit_writes=permit_writes)),
        attempts=cast("Any", Given(folder_of=lambda _run: folder)),
        preparing=nothing,
        workshop=nothing,
        sources=nothing,
        initialized=nothing,
    )


@pytest.mark.parametrize(
    ("error", "permitted"),
    [
        (WaitingError("the server stops"), [True]),
        (OutOfReachError("planted"), [True]),
        (RunFailedError("planted"), [True, False]),
        (GoneError("planted"), [True, False]),
    ],
)
def test_an_apply_that_works_on_may_write_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: LeastwayError, permitted: list[bool]
) -> None:
    work, heard = work_in(tmp_path, error), list[bool]()
    (tmp_path / "module" / UNSENT).unlink()
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "tfplan").write_bytes(b"plan")
    run = run_of("one", plan_digest=digest_of(tmp_path / "saved" / "tfplan"))

    def permit(_run: str, _attempt: int, *, permitted: bool = True, within: object = None) -> None:
        heard.append(permitted)

    def fail(*_given: object) -> None:
        raise error

    work._vault = cast("Any", Given(permit_writes=permit))
    work._commanding = cast("Any", Given(run=fail, check_injected=lambda _run, _attempt: None))
    transaction = Given(runs=Given(change=lambda _run, **_values: None))
    work._store = cast("Any", Given(writing=lambda: nullcontext(transaction)))
    current = Given(run=run, has=lambda _name: False)
    monkeypatch.setattr(work, "_enter", lambda _run, _phase, **_more: (run, current))
    monkeypatch.setattr(work, "_is_void", lambda _run, _current, _attempt: {})
    with pytest.raises(type(error)):
        work.apply("one", 1)
    assert heard == permitted


@pytest.mark.parametrize("is_going", [True, False])
@pytest.mark.parametrize("how", ["killed", "cancelled"])
def test_an_apply_that_works_already_is_interrupted_and_its_end_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, is_going: bool
) -> None:
    work = work_in(tmp_path, LeastwayError("not asked"))
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "tfplan").write_bytes(b"plan")
    digest = digest_of(tmp_path / "saved" / "tfplan")
    run = run_of("one", plan_digest=digest, plan_used=True, cancelled_at=NOW if how == "cancelled" else None)
    current = Given(
        run=run,
        has=lambda name: is_going and name == "apply-1",
        killed_because="a kill switch" if how == "killed" else None,
        journal=Given(enter=lambda _phase: None),
    )
    work._attempts = cast(
        "Any", Given(folder_of=lambda _run: tmp_path, find=lambda _run: current, current=lambda _run: current)
    )
    ran = list[str]()
    work._commanding = cast("Any", Given(run=lambda _run, _attempt, named: ran.append(named.name)))
    work._vault = cast("Any", Given(permit_writes=lambda _run, _attempt, **_more: None))
    transaction = Given(runs=Given(change=lambda _run, **_values: None))
    work._store = cast("Any", Given(writing=lambda: nullcontext(transaction)))
    monkeypatch.setattr(work, "_run", lambda _run: run)
    monkeypatch.setattr(work, "_is_void", lambda _run, _current, _attempt: {})
    monkeypatch.setattr(work, "_end_writes", lambda _run, _current: None)
    with nullcontext() if is_going else pytest.raises(RunFailedError if how == "killed" else CancelledError):
        work.apply("one", 1)
    assert ran == (["apply-1"] if is_going else [])


def test_an_apply_whose_supervisor_died_is_not_repeated_by_the_next_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt that was found had begun it, and the one that takes its place had not."""
    work, ran, run = work_in(tmp_path, LeastwayError("not asked")), list[str](), run_of("one", plan_used=True)
    journal = Given(enter=lambda _phase: None, say=lambda _phase, _text: None)
    parts = {"run": run, "killed_because": None, "journal": journal}
    before, current = Given(**parts, has=lambda _name: True), Given(**parts, has=lambda _name: False)
    work._attempts = cast(
        "Any", Given(folder_of=lambda _run: tmp_path, find=lambda _run: before, current=lambda _run: current)
    )
    work._commanding = cast("Any", Given(run=lambda _run, _attempt, named: ran.append(named.name)))
    monkeypatch.setattr(work_of_runs, "changes_of", lambda _store, _run: [])
    monkeypatch.setattr(work, "_run", lambda _run: run)
    monkeypatch.setattr(work, "_end_writes", lambda _run, _current: None)
    assert work.apply("one", 1) == {"again": "an apply was begun"}
    assert ran == []


def test_a_plan_is_applied_once_and_as_it_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apply whose end is not known is not repeated, and the run that plans anew writes no state meanwhile."""
    work, ran, permitted = work_in(tmp_path, LeastwayError("not asked")), list[str](), list[bool]()
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "tfplan").write_bytes(b"plan")
    journal = Given(say=lambda _phase, _text: None)

    def permit(_run: str, _attempt: int, **given: bool) -> None:
        permitted.append(given.get("permitted", True))

    work._vault = cast("Any", Given(permit_writes=permit, rescue=lambda _run, _attempt, _content: None))
    work._commanding = cast("Any", Given(run=lambda _run, _attempt, named: ran.append(named.name)))
    monkeypatch.setattr(work_of_runs, "unsent_state", lambda _module: b"{}")
    monkeypatch.setattr(work_of_runs, "changes_of", lambda _store, _run: [])
    monkeypatch.setattr(work, "_is_void", lambda _run, _current, _attempt: {})
    for run in (run_of("one", plan_used=True), run_of("one", plan_digest="of another plan")):
        current = Given(run=run, has=lambda _name: False, journal=journal)
        monkeypatch.setattr(work, "_enter", lambda _run, _phase, *, command, known=(run, current): known)
        with pytest.raises(RunFailedError, match="not the one that was checked") if run.plan_digest else nullcontext():
            assert work.apply("one", 1) == {"again": "an apply was begun"}
    assert (ran, permitted) == ([], [True, False])


def test_the_supervisor_ends_while_the_outputs_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, done = work_in(tmp_path, LeastwayError("not asked")), list[str]()
    run = run_of("one")
    current = Given(run=run, state_token=Secret("token"), dismiss=lambda: done.append("dismissed"))
    work._preparing = cast("Any", Given(inputs=lambda _run: Given(options=Given(keep_backend=False))))
    work._vault = cast("Any", Given(read=lambda _token: None))
    monkeypatch.setattr(work, "_enter", lambda _run, _phase, **_more: (run, current))
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        work._store = world.store
        with world.store.writing() as transaction:
            transaction.runs.add(run)
        monkeypatch.setattr(work_of_runs, "record_resource", lambda *_given, **_more: done.append("recorded"))
        assert work.outputs("one", 1) == {}
    assert done == ["dismissed", "recorded"]


def test_a_state_that_the_database_cannot_take_now_stays_for_another_time(tmp_path: Path) -> None:
    work = work_in(tmp_path, OutOfReachError("the store cannot be written: planted"))
    with pytest.raises(OutOfReachError, match="planted"):
        work._rescue(run_of("one"), cast("Attempt", Given(run=run_of("one"))))
    assert (tmp_path / "module" / UNSENT).exists()


def test_a_state_that_is_refused_is_told_in_the_log(tmp_path: Path) -> None:
    said: list[str] = []
    journal = Given(say=lambda _phase, text: said.append(text))
    work = work_in(tmp_path, LeastwayError("it has another lineage"))
    work._rescue(run_of("one"), cast("Attempt", Given(run=run_of("one"), journal=journal)))
    assert said == [f"{UNSENT} could not be stored: it has another lineage"]


def test_a_destruction_that_nothing_governs_leaves_the_resource_deleting(tmp_path: Path) -> None:
    def current(_run: object) -> None:
        raise UngovernedError("account 'gone' does not exist")

    work = work_in(tmp_path, LeastwayError("not asked"))
    work._attempts = cast("Any", Given(current=current))
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        work._store = world.store
        active = active_resource("acme", "shop", "dev")
        with world.store.writing() as transaction:
            transaction.active_resources.put(active)
            transaction.runs.add(run_of("two", guresid=active.guresid, action=RunAction.DESTROY))
        with pytest.raises(RunFailedError, match="does not exist"):
            work.begin("two")
        with world.store.reading() as transaction:
            (left,) = transaction.active_resources.of_environment("acme", "shop", "dev")
    assert left.status is ActiveResourceStatus.DELETING


@pytest.mark.parametrize(("phase", "contract"), [(RunPhase.PLAN, "new"), (RunPhase.APPROVE, "old")])
def test_another_attempt_is_recorded_under_the_contract_that_it_has(
    tmp_path: Path, phase: RunPhase, contract: str
) -> None:
    work = work_in(tmp_path, LeastwayError("not asked"))
    journal, parts = Given(enter=lambda _phase: None), Given(settled={"contract": "new", "is_enforced": True})
    later = Given(run=run_of("one", attempt=2), killed_because=None, journal=journal, parts=parts)
    work._attempts = cast("Any", Given(find=lambda _run: None, current=lambda _run: later))
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        work._store = world.store
        with world.store.writing() as transaction:
            transaction.runs.add(run_of("one", attempt=1, contract="old"))
        work._enter("one", phase)
        with world.store.reading() as transaction:
            found = transaction.runs.find("one")
    assert found is not None
    assert found.contract == contract


def test_a_run_that_was_cancelled_before_it_began_never_begins(tmp_path: Path) -> None:
    work = work_in(tmp_path, LeastwayError("not asked"))
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        work._store = world.store
        attempts = Attempts(world.store, tmp_path, *(cast("Any", None),) * 3, 1.0)
        with world.store.writing() as transaction:
            transaction.runs.add(run_of("one"))
            assert end_cancelled(transaction, run_of("one"))
            assert not end_cancelled(transaction, run_of("one"))
        assert work.begin("one") == {"status": "cancelled"}
        with pytest.raises(CancelledError):
            attempts.current("one")
        with world.store.reading() as transaction:
            assert transaction.active_resources.of_environment("acme", "shop", "dev") == ()
