"""The ledger: group commits, failures that stay with their request, refusals that wait, and a close that drains."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from leastway.audit import Actor, Entry, Outcome, read_entry
from leastway.broker.ledger import Ledger, LedgerFullError
from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.store import PlatformStore, Transaction, open_platform_store
from tests.databases import new_sqlite

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class FlakyStore:
    """A store whose writes fail while `is_broken`, and wait while `gate` is closed; it counts its transactions."""

    def __init__(self, store: PlatformStore) -> None:
        self._store = store
        self.is_shared = store.is_shared
        self.reading = store.reading
        self.is_broken = False
        self.gate = threading.Event()
        self.gate.set()
        self.begun = 0

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        self.gate.wait()
        if self.is_broken:
            raise LeastwayError("the store cannot be written: disk full")
        self.begun += 1
        with self._store.writing() as transaction:
            yield transaction
            if self.is_broken:
                raise LeastwayError("the store cannot be written: disk full")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FlakyStore]:
    with open_platform_store(new_sqlite(tmp_path / "leastway.db")) as opened:
        yield FlakyStore(opened)


def ledger_of(store: FlakyStore, before: Callable[[Transaction], None] = lambda _: None, **options: Any) -> Ledger:
    return Ledger(store, before, **options)  # type: ignore[arg-type]


def entry(target: object, organization: str = "acme") -> Entry:
    return Entry(organization, NOW, Actor(), "test.entered", str(target))


def targets(store: FlakyStore) -> list[str]:
    with store.reading() as transaction:
        return [read_entry(one.data).target for one in transaction.audit.pending(10_000)]


def test_an_entry_is_durable_when_its_future_has_it(store: FlakyStore) -> None:
    with ledger_of(store) as ledger:
        assert ledger.submit(lambda: entry(1)).result(10) == entry(1)
        assert targets(store) == ["1"]


def test_requests_that_wait_share_one_transaction(store: FlakyStore) -> None:
    before: list[int] = []
    with ledger_of(store, lambda _: before.append(1)) as ledger:
        store.gate.clear()
        futures = [ledger.submit(partial(entry, number)) for number in range(100)]
        store.gate.set()
        for future in futures:
            future.result(10)
        assert targets(store) == [str(number) for number in range(100)]
        assert store.begun <= 2
        assert len(before) == store.begun


def test_nothing_is_answered_before_the_commit(store: FlakyStore) -> None:
    decided = threading.Event()
    futures: list[Future[Entry]] = []

    def decide() -> Entry:
        store.is_broken = True
        decided.set()
        return entry(1)

    with ledger_of(store) as ledger:
        futures.append(ledger.submit(decide))
        with pytest.raises(LeastwayError, match="disk full"):
            futures[0].result(10)
        assert decided.is_set()
        store.is_broken = False
        assert targets(store) == []


@pytest.mark.parametrize("wrong", [ValueError("no"), LeastwayError("refused")])
def test_a_decision_that_raises_fails_only_its_own_request(store: FlakyStore, wrong: Exception) -> None:
    def decide() -> Entry:
        raise wrong

    with ledger_of(store) as ledger:
        store.gate.clear()
        good, bad, last = ledger.submit(lambda: entry(1)), ledger.submit(decide), ledger.submit(lambda: entry(2))
        store.gate.set()
        assert (good.result(10), last.result(10)) == (entry(1), entry(2))
        assert bad.exception(10) is wrong
        assert targets(store) == ["1", "2"]


def test_an_entry_that_cannot_be_written_fails_only_its_own_request(store: FlakyStore) -> None:
    with ledger_of(store) as ledger:
        bad = ledger.submit(lambda: None)  # type: ignore[arg-type, return-value]
        assert isinstance(bad.exception(10), AttributeError)
        assert ledger.submit(lambda: entry(1)).result(10) == entry(1)


def test_a_switch_that_cannot_be_read_fails_the_whole_batch(store: FlakyStore) -> None:
    def before(_transaction: Transaction) -> None:
        raise LeastwayError("the switches cannot be read")

    decided: list[int] = []

    def decide() -> Entry:
        decided.append(1)
        return entry(1)

    with ledger_of(store, before) as ledger:
        futures = [ledger.submit(decide) for _ in range(3)]
        for future in futures:
            with pytest.raises(LeastwayError, match="switches"):
                future.result(10)
    assert (decided, targets(store)) == ([], [])


def test_a_request_that_nobody_waits_for_is_not_decided(store: FlakyStore) -> None:
    with ledger_of(store) as ledger:
        store.gate.clear()
        first = ledger.submit(lambda: entry(1))
        second = ledger.submit(lambda: entry(2))
        while not first.running():  # the first may be taken already, and waits at the gate
            if second.cancel():
                break
        second.cancel()
        store.gate.set()
        first.result(10)
        ledger.submit(lambda: entry(3)).result(10)
    if second.cancelled():
        with pytest.raises(CancelledError):
            second.result(0)
        assert targets(store) == ["1", "3"]


def test_a_full_ledger_refuses_at_once(store: FlakyStore) -> None:
    accepted: list[Future[Entry]] = []

    def fill(ledger: Ledger) -> None:
        for number in range(600):
            accepted.append(ledger.submit(partial(entry, number)))

    with ledger_of(store, most_waiting=5) as ledger:
        store.gate.clear()
        with pytest.raises(LedgerFullError, match="5 requests wait"):
            fill(ledger)
        store.gate.set()
        for future in accepted:
            future.result(10)


def test_close_answers_everything_that_waits(store: FlakyStore) -> None:
    ledger = ledger_of(store)
    futures = [ledger.submit(partial(entry, number)) for number in range(1500)]
    ledger.submit_later(entry("later"))
    ledger.close()
    assert all(future.done() for future in futures)
    assert len(targets(store)) == 1501
    with pytest.raises(LedgerFullError, match="stopping"):
        ledger.submit(lambda: entry(1))


def test_a_refusal_is_entered_when_the_store_works_again(store: FlakyStore) -> None:
    with ledger_of(store) as ledger:
        store.is_broken = True
        ledger.submit_later(entry("refused"))
        with pytest.raises(LeastwayError):
            ledger.submit(lambda: entry(1)).result(10)
        assert ledger.later == 1
        store.is_broken = False
        ledger.submit(lambda: entry(2)).result(10)
        assert ledger.later == 0
        assert targets(store) == ["2", "refused"]


def test_a_refusal_is_entered_without_another_request(store: FlakyStore) -> None:
    with ledger_of(store) as ledger:
        ledger.submit_later(entry("refused"))
        ledger.nudge()
    assert targets(store) == ["refused"]


def test_refusals_that_do_not_fit_are_counted_in_the_log(store: FlakyStore) -> None:
    with ledger_of(store, most_later=3) as ledger:
        store.is_broken = True
        for number in range(5):
            ledger.submit_later(entry(number))
        ledger.submit_later(entry(9, "other"))
        assert (ledger.later, ledger.dropped) == (3, 3)
        store.is_broken = False
        ledger.submit(lambda: entry("now")).result(10)
        assert (ledger.later, ledger.dropped) == (0, 0)
    with store.reading() as transaction:
        found = [read_entry(one.data) for one in transaction.audit.pending(100)]
    assert [one.target for one in found] == ["now", "0", "1", "2", "", ""]
    assert {one.organization: (one.action, one.outcome, one.details["count"]) for one in found[-2:]} == {
        "acme": ("entries.dropped", Outcome.FAILED, 2),
        "other": ("entries.dropped", Outcome.FAILED, 1),
    }


def test_more_refusals_than_one_transaction_takes_are_all_entered(store: FlakyStore) -> None:
    with ledger_of(store) as ledger:
        store.gate.clear()
        for number in range(1300):
            ledger.submit_later(entry(number))
        store.gate.set()
    assert targets(store) == [str(number) for number in range(1300)]


def test_tasks_of_a_loop_are_woken_together(store: FlakyStore) -> None:
    calls: list[int] = []

    async def main(ledger: Ledger) -> None:
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe

        def counted(*arguments: Any, **options: Any) -> asyncio.Handle:
            calls.append(1)
            return wake(*arguments, **options)

        loop.call_soon_threadsafe = counted  # type: ignore[method-assign, assignment]
        store.gate.clear()
        tasks = [asyncio.ensure_future(ledger.record(partial(entry, number))) for number in range(50)]
        await asyncio.sleep(0)
        bad = asyncio.ensure_future(ledger.record(_raise))
        gone = asyncio.ensure_future(ledger.record(lambda: entry("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        store.gate.set()
        assert [one.target for one in await asyncio.gather(*tasks)] == [str(number) for number in range(50)]
        with pytest.raises(KeyError):
            await bad

    with ledger_of(store) as ledger:
        asyncio.run(main(ledger))
    assert len(calls) <= 3
    assert set(targets(store)) >= {str(number) for number in range(50)}


def test_an_entry_is_made_of_types_that_cannot_be_a_secret(store: FlakyStore) -> None:
    def decide() -> Entry:
        return Entry("acme", NOW, Actor(), "a.b", "", details={"key": Secret("AKIA")})  # type: ignore[dict-item]

    with ledger_of(store) as ledger:
        assert isinstance(ledger.submit(decide).exception(10), TypeError)


def _raise() -> Entry:
    raise KeyError
