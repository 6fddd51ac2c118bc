"""Calls whose server was killed before it wrote them down for the page: the audit log has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from leastway.audit import Actor, Entry
from leastway.broker.logs import LogKeeper, Records, Sequencer
from leastway.gateway import Decision
from leastway.orchestrator import missing_calls
from leastway.orchestrator.missing_calls import add_missing_calls
from leastway.registry import Run
from tests.contract.platform.audit_logs import NAME, signer_of
from tests.databases import new_sqlite
from tests.runs import run_of
from tests.unit.broker.world import OWN, World, open_world
from tests.unit.orchestrator.test_authority import Attempt, attempt_of, entry_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as opened:
        yield opened


def called(world: World, identifier: str) -> Attempt:
    """Return an attempt of a run with three calls, of which the page has the first."""
    run = run_of(identifier, account="prod", role=OWN.arn, attempt=1, started_at=world.clock.now())
    attempt = attempt_of(world, run)
    attempt.authority.enter(entry_of(world, 1))
    attempt.authority.enter(entry_of(world, 2, operation="PutBucketTagging", decision=Decision.DECIDED_BY_AWS))
    attempt.authority.enter(entry_of(world, 3, region="", role=None, actions=(), resources=(), reason="why"))
    with world.store.writing() as transaction:
        transaction.runs.add_calls(run.id, attempt.noted.calls[:1])
        transaction.runs.answer_call(run.id, 1, 1, 200, "", "request")
        transaction.audit.append(Entry("other", world.clock.now(), Actor(), "aws.called", "s3:PutObject"))
    return attempt


def place(world: World, folder: Path) -> None:
    """Give every entry its position."""
    records = Records(folder)
    with LogKeeper(world.store, Sequencer(NAME, signer_of, records), records, pause=0.01) as keeper:
        with world.store.writing() as transaction:
            sequenced = keeper.append(transaction, [])
        keeper.accept(sequenced)
        assert not transaction_pending(world)


def transaction_pending(world: World) -> int:
    with world.store.reading() as transaction:
        return len(transaction.audit.pending(100))


@pytest.mark.parametrize("are_placed", [False, True])
def test_what_the_page_lacks_comes_from_the_audit_log(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, are_placed: bool
) -> None:
    monkeypatch.setattr(missing_calls, "_PAGE", 2)
    attempt, another = called(world, "one"), called(world, "two")
    if are_placed:
        place(world, tmp_path / "records")
    run: Run = attempt.authority.run
    assert add_missing_calls(world.store, run) == 2
    with world.store.reading() as transaction:
        found = transaction.runs.calls(run.id, 10)
        of_another = transaction.runs.calls(another.authority.run.id, 10)
    first, *lost = attempt.noted.calls
    assert found == (replace(first, status=200, request_id="request"), *lost)
    assert len(of_another) == 1
    assert add_missing_calls(world.store, run) == 0


def test_older_calls_are_not_looked_for_again(world: World, tmp_path: Path) -> None:
    attempt = called(world, "one")
    world.clock.time += timedelta(hours=1)
    attempt.authority.open()
    attempt.authority.enter(entry_of(world, 4))
    with world.store.writing() as transaction:
        transaction.runs.add_calls("one", attempt.noted.calls[-1:])
    assert add_missing_calls(world.store, attempt.authority.run) == 0
