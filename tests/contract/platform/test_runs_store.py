"""Runs in the database: leases of one attempt at a time, ends that stay, logs and calls in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from leastway.registry import RunLine, RunPhase, RunStatus
from leastway.store import ConflictError, PlatformStore, open_platform_store
from tests.runs import NOW, call_of, run_of

SOON = NOW + timedelta(seconds=15)


@pytest.fixture
def store(new_store: str) -> Iterator[PlatformStore]:
    with open_platform_store(new_store) as store:
        yield store


def test_a_run_is_read_as_it_was_stored_and_changed(store: PlatformStore) -> None:
    run = run_of("one", warnings=("a", "b"), contract="d" * 64, is_enforced=True)
    with store.writing() as transaction:
        transaction.runs.add(run)
        transaction.runs.change("one", status=RunStatus.RUNNING, phase=RunPhase.PLAN, plan={"create": ["a.b"]})
    with store.reading() as transaction:
        found = transaction.runs.find("one", "acme")
        assert found == replace(run, status=RunStatus.RUNNING, phase=RunPhase.PLAN, plan={"create": ["a.b"]})
        assert transaction.runs.find("one", "other") is None
        assert transaction.runs.unfinished_of("acme", "a" * 40) == found
    with pytest.raises(ConflictError), store.writing() as transaction:
        transaction.runs.add(run)


def test_the_end_of_a_run_stays(store: PlatformStore) -> None:
    with store.writing() as transaction:
        transaction.runs.add(run_of("one"))
        assert transaction.runs.change("one", status=RunStatus.CANCELLED)
        assert not transaction.runs.change("one", status=RunStatus.SUCCEEDED)
        assert not transaction.runs.take_lease("one", "x", SOON, NOW)
        assert transaction.runs.unfinished() == ()
        assert transaction.runs.unfinished_of("acme", "a" * 40) is None


def test_one_attempt_holds_the_lease_until_it_expires(store: PlatformStore) -> None:
    with store.writing() as transaction:
        runs = transaction.runs
        runs.add(run_of("one"))
        assert runs.take_lease("one", "first", SOON, NOW)
        assert runs.take_lease("one", "first", SOON, NOW)
        assert not runs.take_lease("one", "second", SOON, NOW)
        assert runs.renew_lease("one", "first", SOON)
        assert not runs.renew_lease("one", "second", SOON)
        assert runs.take_lease("one", "second", SOON + timedelta(minutes=1), SOON)
        assert not runs.renew_lease("one", "first", SOON)
        runs.give_up_lease("one", "first")
        assert not runs.take_lease("one", "first", SOON, NOW)
        runs.give_up_lease("one", "second")
        assert runs.take_lease("one", "first", SOON, NOW)


def test_runs_are_listed_the_newest_first(store: PlatformStore) -> None:
    with store.writing() as transaction:
        for number in range(3):
            transaction.runs.add(run_of(f"{number}", created_at=NOW + timedelta(minutes=number)))
        transaction.runs.add(run_of("other", organization="globex"))
        transaction.runs.add(run_of("elsewhere", environment="prod", created_at=NOW - timedelta(minutes=1)))
        transaction.runs.change("1", status=RunStatus.FAILED)
        assert [one.id for one in transaction.runs.of("acme", 10)] == ["2", "1", "0", "elsewhere"]
        assert [one.id for one in transaction.runs.of("acme", 2)] == ["2", "1"]
        assert [one.id for one in transaction.runs.of("acme", 10, unfinished=True)] == ["2", "0", "elsewhere"]
        assert [one.id for one in transaction.runs.of("acme", 10, place=("shop", "prod"))] == ["elsewhere"]


def test_lines_and_calls_come_back_in_order(store: PlatformStore) -> None:
    call = call_of()
    with store.writing() as transaction:
        runs = transaction.runs
        runs.add(run_of("one"))
        assert runs.last_line("one") == 0
        runs.add_lines("one", [RunLine(number, NOW, "plan", f"line {number}") for number in (1, 2, 3)])
        assert runs.last_line("one") == 3
        assert [one.text for one in runs.lines("one", 1, 10)] == ["line 2", "line 3"]
        runs.add_calls("one", [call, replace(call, number=2)])
        runs.answer_call("one", 1, 2, 200, "", "id-1")
        assert runs.calls("one", 10) == (call, replace(call, number=2, status=200, request_id="id-1"))


def test_text_of_a_module_that_no_database_holds_is_stored_without_that(store: PlatformStore) -> None:
    bad, kept = "a\0b\ud800c\U0001f600", "ab?c\U0001f600"
    long = "r" * 3_000
    with store.writing() as transaction:
        runs = transaction.runs
        runs.add(run_of("one"))
        runs.add_lines("one", [RunLine(1, NOW, "plan", bad)])
        runs.add_calls("one", [call_of(reason=bad, role=long)])
        runs.change("one", error=bad, ended_how=bad, status=RunStatus.FAILED)
        assert [one.text for one in runs.lines("one", 0, 10)] == [kept]
        assert [(one.reason, one.role) for one in runs.calls("one", 10)] == [(kept, long[:2048])]
        found = runs.find("one")
        assert found is not None
        assert (found.error, found.ended_how) == (kept, kept)
