"""Kill switches and sessions in the store, on every database."""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from leastway.errors import LeastwayError
from leastway.sessions import AllowedRole, KillSwitch, Scope, Session
from leastway.store import PlatformStore, open_platform_store

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
SWITCH = KillSwitch("k1", Scope.ACCOUNT, "acme", "prod", "a leak", NOW, "u1")
SESSION = Session(
    "s1", "acme", "prod", None, None, ROLE, "leastway", "ASIAEXAMPLE", NOW, datetime.now(UTC) + timedelta(hours=1)
)


def test_switches_are_read_back_on_and_off(new_store: str) -> None:
    everything = KillSwitch("k2", Scope.EVERYTHING, None, None, "restored", NOW + timedelta(seconds=1), "administrator")
    with open_platform_store(new_store) as store:
        with store.writing() as transaction:
            transaction.switches.turn_on(SWITCH)
            transaction.switches.turn_on(everything)
        with store.writing() as transaction:
            assert transaction.switches.turn_off("k1", at=NOW, by="u2") == SWITCH
            assert transaction.switches.turn_off("k1", at=NOW, by="u2") is None
            assert transaction.switches.turn_off("unknown", at=NOW, by="u2") is None
        with store.reading() as transaction:
            assert transaction.switches.on() == (everything,)
            assert [one.id for one in transaction.switches.of("acme")] == ["k2", "k1"]
            assert [one.id for one in transaction.switches.of("other")] == ["k2"]
            off = transaction.switches.every()[1]
            assert (off.off_at, off.off_by, off.is_on) == (NOW, "u2", False)


def test_every_change_raises_the_generation_and_a_missing_one_is_an_error(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        with store.writing() as transaction:
            before = transaction.switches.generation_for_hand_out()
            transaction.switches.turn_on(SWITCH)
            assert transaction.switches.generation() == before + 1
        with store.writing() as transaction:
            transaction._connection.execute(text("DELETE FROM switch_generation"))
        for change in ("generation_for_hand_out", "raise_generation"):
            with pytest.raises(LeastwayError, match="generation"), store.writing() as transaction:
                getattr(transaction.switches, change)()


def test_a_change_waits_for_a_hand_out_that_has_read_the_generation(new_store: str) -> None:
    order: list[str] = []
    with open_platform_store(new_store) as store:
        started = threading.Event()

        def switch() -> None:
            started.set()
            with store.writing() as transaction:
                transaction.switches.turn_on(SWITCH)
                order.append("switched")

        thread = threading.Thread(target=switch)
        with store.writing() as transaction:
            transaction.switches.generation_for_hand_out()
            thread.start()
            started.wait(5)
            time.sleep(0.1)
            order.append("handed out")
        thread.join(10)
        assert order == ["handed out", "switched"]


def test_hand_outs_of_several_processes_do_not_starve_a_change(new_store: str) -> None:
    ended = threading.Event()

    def hand_out(store: PlatformStore) -> None:
        while not ended.is_set():
            with store.writing() as transaction:
                transaction.switches.generation_for_hand_out()
                time.sleep(0.005)

    with open_platform_store(new_store) as store, contextlib.ExitStack() as others:
        on_sqlite = "://" not in new_store  # where one process is alone
        stores = [store if on_sqlite else others.enter_context(open_platform_store(new_store)) for _ in range(3)]
        threads = [threading.Thread(target=hand_out, args=(each,)) for each in (store, *stores)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        began = time.monotonic()
        with store.writing() as transaction:
            transaction.switches.turn_on(SWITCH)
        took = time.monotonic() - began
        ended.set()
        for thread in threads:
            thread.join(10)
    assert took < 10


def test_a_watch_notices_a_change_within_100_milliseconds(new_store: str) -> None:
    with open_platform_store(new_store) as store, open_platform_store(new_store) as other:
        watch = store.switch_watch()
        before = watch.wait(0)
        noticed: list[tuple[int, float]] = []

        def wait() -> None:
            noticed.append((watch.wait(20), time.monotonic()))

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.2)
        with other.writing() as transaction:
            transaction.switches.turn_on(SWITCH)
        committed = time.monotonic()
        thread.join(25)
        watch.close()
        assert noticed[0][0] == before + 1
        assert noticed[0][1] - committed < 1  # the goal is 0.1 s, measured by the benchmarks on an idle machine


def test_a_watch_returns_when_nothing_changes(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        watch = store.switch_watch()
        assert watch.wait(0) == watch.wait(0.1)
        watch.close()


def test_sessions_are_handed_out_once_and_end_once(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        with store.writing() as transaction:
            transaction.sessions.add(SESSION)
            transaction.sessions.hand_out("s1", NOW)
            transaction.sessions.hand_out("s1", NOW + timedelta(minutes=1))
            transaction.sessions.end(["s1"], NOW, "kill switch k1")
            transaction.sessions.end(["s1"], NOW + timedelta(minutes=1), "later")
        with store.reading() as transaction:
            (found,) = transaction.sessions.of("acme", transaction.now)
            assert (found.handed_out_at, found.ended_at, found.ended_because) == (NOW, NOW, "kill switch k1")
            assert transaction.sessions.unexpired(transaction.now) == (found,)
            assert transaction.sessions.of("other", transaction.now) == ()
        with store.writing() as transaction:
            transaction.sessions.forget(SESSION.expires_at + timedelta(seconds=1))
            assert transaction.sessions.unexpired(NOW) == ()


def test_the_roles_of_an_account_are_its_own_list(new_store: str) -> None:
    plain = AllowedRole(ROLE)
    defined = AllowedRole(ROLE, "external", "session", 900, "s3-bucket")
    with open_platform_store(new_store) as store, store.writing() as transaction:
        for role in (plain, defined, defined):
            transaction.account_roles.add("acme", "prod", role, at=NOW, by="u1")
        assert transaction.account_roles.of("acme", "prod") == (plain, defined)
        assert transaction.account_roles.of("other", "prod") == ()
        assert transaction.account_roles.remove("acme", "prod", ROLE, "s3-bucket")
        assert not transaction.account_roles.remove("acme", "prod", ROLE, "s3-bucket")
        transaction.account_roles.remove_all("acme", "prod")
        assert transaction.account_roles.of("acme", "prod") == ()
