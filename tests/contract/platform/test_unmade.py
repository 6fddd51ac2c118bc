"""A destruction of what no run has begun to make ends at once, and no other does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from leastway.orchestrator.recording import forget_unmade
from leastway.registry import RunAction, RunStatus
from leastway.store import PlatformStore, open_platform_store
from tests.active_resources import active_resource
from tests.runs import run_of


@pytest.fixture
def store(new_store: str) -> Iterator[PlatformStore]:
    with open_platform_store(new_store) as store:
        yield store


def forgotten(
    store: PlatformStore, *, deployment: str = "made", of_run: dict[str, Any] | None = None, **more: Any
) -> bool:
    """Return whether the resource is gone after the run `made`, and the destruction, as the arguments change them."""
    destruction = run_of("gone", **{"action": RunAction.DESTROY, **more})
    with store.writing() as transaction:
        if of_run is not None:
            transaction.runs.add(run_of("made", **{"status": RunStatus.FAILED, "attempt": 1, **of_run}))
        transaction.runs.add(destruction)
        resource = replace(active_resource("acme", "shop", "dev"), guresid="a" * 40, deployment=deployment)
        transaction.active_resources.put(resource)
    for _ in range(2):  # the second time as after a kill
        with store.writing() as transaction:
            is_forgotten = forget_unmade(transaction, destruction)
    with store.reading() as transaction:
        left = transaction.active_resources.of_environment("acme", "shop", "dev")
        assert is_forgotten is (not left)
        assert len(transaction.runs.lines("gone", 0, 10)) == int(is_forgotten)
    return is_forgotten


def test_what_no_run_has_begun_to_make_is_gone_at_once(store: PlatformStore) -> None:
    assert forgotten(store, of_run={})


@pytest.mark.parametrize(
    "of_run", [{"plan_used": True}, {"attempt": 2}, None], ids=["an apply", "a later attempt", "an unknown run"]
)
def test_what_may_be_there_is_destroyed(store: PlatformStore, of_run: dict[str, Any] | None) -> None:
    assert not forgotten(store, of_run=of_run)


def test_what_another_run_has_recorded_is_destroyed(store: PlatformStore) -> None:
    assert not forgotten(store, of_run={}, deployment="another")


def test_only_a_destruction_forgets(store: PlatformStore) -> None:
    assert not forgotten(store, of_run={}, action=RunAction.APPLY)
