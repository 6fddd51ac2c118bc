"""The gate between two processes on every database, with the database gone, and on a full disk."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, make_url, text

from leastway.broker import Asked, StoppedError, Watcher
from leastway.errors import LeastwayError
from leastway.sessions import Scope, Subject
from tests.unit.broker.world import ENTER, World, open_world

PROD = Asked("acme", "prod")


def turn_on(world: World) -> bool:
    made = world.switching.turn_on(
        Scope.ACCOUNT, organization="acme", target="prod", reason="a leak", by="u1", enter=ENTER
    )
    return made.is_durable


@contextlib.contextmanager
def watching(world: World) -> Iterator[None]:
    watcher = Watcher(world.store, world.gate, world.switching, world.broker.sessions, world.clock)
    try:
        yield
    finally:
        watcher.close()


def test_a_switch_stops_hand_outs_and_streams_of_another_process(new_store: str) -> None:
    cut = threading.Event()
    with open_world(new_store) as here, open_world(new_store) as there, watching(there):
        there.broker.hand_out(PROD, ENTER)
        with there.broker.streams.open((Subject("acme", "prod"),), lambda _switch: cut.set()):
            time.sleep(0.2)
            assert turn_on(here)
            committed = time.monotonic()
            with pytest.raises(StoppedError):
                there.broker.hand_out(PROD, ENTER)
            assert cut.wait(30)
            assert time.monotonic() - committed < 10  # the goal is 0.1 s, on a machine with nothing else to do
        assert len(there.broker.sessions) == 0


def test_a_watcher_alone_ends_sessions_of_another_process(new_store: str) -> None:
    with open_world(new_store) as here, open_world(new_store) as there, watching(there):
        there.broker.hand_out(PROD, ENTER)
        time.sleep(0.2)
        turn_on(here)
        end = time.monotonic() + 10
        while len(there.broker.sessions):
            assert time.monotonic() < end
            time.sleep(0.005)


def test_hand_outs_and_a_switch_at_the_same_time_have_one_order(new_store: str) -> None:
    """Whatever is entered after the switch is a refusal."""
    with open_world(new_store) as here, open_world(new_store) as there:
        there.broker.hand_out(PROD, ENTER)
        began, handed = threading.Event(), []

        def ask() -> None:
            with contextlib.suppress(StoppedError):
                while True:
                    there.broker.hand_out(PROD, ENTER)
                    handed.append(1)
                    began.set()

        thread = threading.Thread(target=ask)
        thread.start()
        assert began.wait(10)
        turn_on(here)
        thread.join(10)
        assert not thread.is_alive()
        with here.store.reading() as transaction:
            rows = transaction._connection.execute(text("SELECT entry FROM audit_entries ORDER BY id"))
            actions = [b"kill-switch.on" in bytes(row.entry) for row in rows]
        assert actions.index(True) == len(actions) - 1


@contextlib.contextmanager
def lost(database: str) -> Iterator[None]:
    """Take the database away, under the connections of a process."""
    if "://" not in database:
        Path(database).unlink()
        yield
        return
    server = create_engine(make_url(database).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        name = make_url(database).database
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        yield
        connection.execute(text(f"CREATE DATABASE {name}"))  # the fixture removes it
    server.dispose()


def test_without_its_database_a_process_hands_nothing_out(new_store: str) -> None:
    with open_world(new_store) as world:
        world.broker.hand_out(PROD, ENTER)
        with lost(new_store):
            with pytest.raises(LeastwayError):
                world.broker.hand_out(PROD, ENTER)
            assert not turn_on(world)
            with pytest.raises(StoppedError):
                world.broker.hand_out(PROD, ENTER)
        assert len(world.ledger.entries) == 1


def test_on_a_full_disk_nothing_is_handed_out_and_refusing_works(new_store: str) -> None:
    if "://" in new_store:
        pytest.skip("the disk belongs to the database's own server")
    with open_world(new_store) as world:
        world.broker.hand_out(PROD, ENTER)
        engine = world.store._engine
        world.store.close()  # it connects again

        @event.listens_for(engine, "connect")
        def _full(connection: object, _record: object) -> None:
            connection.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]  # sqlite3's own connection

        handed = 1
        with pytest.raises(LeastwayError, match="full"):  # noqa: PT012 - some entries may still fit
            for _ in range(500):
                world.broker.hand_out(PROD, ENTER)
                handed += 1
        assert len(world.ledger.entries) == handed
        assert not turn_on(world)
        with pytest.raises(StoppedError):
            world.broker.hand_out(PROD, ENTER)
        event.remove(engine, "connect", _full)
        world.store.close()
        world.switching.settle()
        with world.store.reading() as transaction:
            assert [one.target for one in transaction.switches.on()] == ["prod"]
