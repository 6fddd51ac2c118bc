"""Two servers on one database whose clocks are an hour apart: the clock of the database counts between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import literal, update

from leastway.broker.logs import LogKeeper, Records
from leastway.errors import LeastwayError
from leastway.gateway.control import ControlServer
from leastway.orchestrator.attempts import Attempts
from leastway.orchestrator.authority import LEASE
from leastway.ports import WaitingError
from leastway.store import PlatformStore, open_platform_store
from leastway.store.run_schema import runs
from tests.contract.platform.audit_logs import entry, opened
from tests.contract.platform.test_states import LEASE as LEASE_OF_STATE
from tests.contract.platform.test_states import SetClock, World
from tests.databases import new_postgresql
from tests.runs import run_of

APART = timedelta(hours=1)


class WrongClock:
    """The machine's clock, wrong by `by`."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture
def url(prepared_postgresql: str) -> Iterator[str]:
    with new_postgresql(prepared_postgresql) as url:
        yield url


@pytest.fixture(params=[APART, -APART], ids=["ahead", "behind"])
def other(url: str, request: pytest.FixtureRequest) -> Iterator[PlatformStore]:
    """The store of a server whose clock is wrong."""
    with open_platform_store(url, WrongClock(request.param)) as store:
        yield store


@pytest.fixture
def right(url: str) -> Iterator[PlatformStore]:
    with open_platform_store(url) as store:
        yield store


def test_no_other_server_takes_a_run_that_an_attempt_works_on(
    right: PlatformStore, other: PlatformStore, tmp_path: Path
) -> None:
    control = ControlServer(tmp_path / "control" / "socket")
    nothing = cast("Any", None)

    def attempts(store: PlatformStore, while_it_works: Callable[..., Any]) -> Attempts:
        return Attempts(store, tmp_path / "runs", control, while_it_works, nothing, 1.0)

    def check(of: PlatformStore, by: PlatformStore, run: str) -> None:
        def others_wait(*_parts: object) -> Any:
            with pytest.raises(WaitingError, match="another attempt holds the lease"):
                attempts(by, nothing).current(run)
            expire(of, run)
            with pytest.raises(LeastwayError, match="taken"):
                attempts(by, taken).current(run)
            raise LeastwayError("done")

        with of.writing() as transaction:
            transaction.runs.add(run_of(run))
        with pytest.raises(LeastwayError, match="done"):
            attempts(of, others_wait).current(run)

    def taken(*_parts: object) -> Any:
        raise LeastwayError("taken")

    try:
        check(right, other, "of the right one")
        check(other, right, "of the wrong one")
    finally:
        control.close()


def expire(store: PlatformStore, run: str) -> None:
    """Let the time of a lease pass."""
    with store.writing() as transaction:
        earlier = update(runs).where(runs.c.id == run).values(lease_until=runs.c.lease_until - literal(LEASE))
        transaction._connection.execute(earlier)


def test_the_lock_of_a_state_is_held_against_the_runs_of_another_server(
    right: PlatformStore, other: PlatformStore
) -> None:
    here, there = World(right, SetClock()), World(other, SetClock())
    for first, second in ((here, there), (there, here)):
        holder, waiting = first.run("r1"), second.run("r2")
        assert first.lock(holder, "l1").status == HTTPStatus.OK
        assert second.lock(waiting, "l2").status == HTTPStatus.LOCKED
        first.later(LEASE_OF_STATE / 2)
        assert second.vault.renew("r2", 1, LEASE_OF_STATE)
        first.later(LEASE_OF_STATE / 2)
        assert second.lock(waiting, "l2").status == HTTPStatus.OK
        second.vault.end("r1")
        second.vault.end("r2")


def test_an_agent_is_connected_to_the_process_that_says_so(right: PlatformStore, other: PlatformStore) -> None:
    for at, seen_by in ((right, other), (other, right)):
        with at.writing() as transaction:
            transaction.agent_connections.came("acme", "prod", "replica", "process", "key")
        with seen_by.reading() as transaction:
            (found,) = transaction.agent_connections.of("acme", "prod")
            assert found.is_here(transaction.shared_now)
            assert abs(transaction.shared_now - found.seen_at) < timedelta(minutes=1)


def test_a_server_follows_the_audit_logs_that_another_one_signs(url: str, other: PlatformStore, tmp_path: Path) -> None:
    follower = LogKeeper(other, None, Records(tmp_path / "follower"), pause=0.01)
    with opened(url, tmp_path / "signer") as signer, follower:
        until(lambda: follower._followed is not None)
        for number in (1, 2):
            signer.append(entry(number))
            until(partial(lambda size: size_at(signer.keeper) == size_at(follower) == size, number))


def size_at(keeper: LogKeeper) -> int:
    record = keeper.published("acme")
    return 0 if record is None else record.size


def until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.02)
