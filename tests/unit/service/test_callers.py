"""Callers in memory: for one generation, and to turn a kill switch on while the store cannot be read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leastway.broker import Gate
from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.service import Called, UnauthenticatedError
from leastway.service.callers import KnownCallers
from leastway.store import PlatformStore, Transaction, open_platform_store
from leastway.tenants import NewToken, Organization, Role, Token, User, UserKind
from tests.databases import new_sqlite
from tests.unit.broker.world import SetClock

CALLED = Called("POST", "/orgs/acme/kill-switches")
MADE = NewToken.generate()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PlatformStore]:
    with open_platform_store(new_sqlite(tmp_path / "state" / "leastway.db"), SetClock()) as found:
        with found.writing() as transaction:
            now = transaction.now
            transaction.tenants.add_organization(Organization("acme", "Acme", now))
            transaction.tenants.add_user(User("u1", "acme", UserKind.SERVICE, "CI", None, Role.OPERATOR, now))
            token = Token("t", "acme", "u1", "", now, "u1", now + timedelta(hours=1))
            transaction.tenants.add_token(token, MADE.digest)
        yield found


def test_a_caller_is_remembered_until_something_changes(store: PlatformStore) -> None:
    gate = Gate(store)
    gate.look()
    callers = KnownCallers(store, gate, SetClock())
    assert callers.remembered(MADE.secret, CALLED) is None
    assert callers.find(MADE.secret, CALLED) == callers.remembered(MADE.secret, CALLED)
    with store.writing() as transaction:
        transaction.tenants.revoke_token("u1", "t", transaction.now)
    gate.look()
    assert callers.remembered(MADE.secret, CALLED) is None
    with pytest.raises(UnauthenticatedError):
        callers.find(MADE.secret, CALLED)


def test_a_token_that_has_expired_meanwhile_is_refused_from_memory(store: PlatformStore) -> None:
    clock, gate = SetClock(), Gate(store)
    callers = KnownCallers(store, gate, clock)
    callers.find(MADE.secret, CALLED)
    clock.time = datetime(2026, 11, 28, 13, 1, tzinfo=UTC)
    with pytest.raises(UnauthenticatedError):
        callers.remembered(MADE.secret, CALLED)


def test_a_known_caller_can_stop_while_the_store_cannot_be_read(
    store: PlatformStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers = KnownCallers(store, Gate(store), SetClock())
    caller = callers.find(MADE.secret, CALLED)

    def reading() -> AbstractContextManager[Transaction]:
        raise LeastwayError("the store cannot be read")

    monkeypatch.setattr(store, "reading", reading)
    assert callers.find_to_stop(MADE.secret, CALLED) == caller
    for find in (callers.find, callers.find_to_stop):
        with pytest.raises(LeastwayError, match="the store cannot be read"):
            find(Secret("lwt_unknown"), CALLED)
    with pytest.raises(LeastwayError, match="the store cannot be read"):
        callers.find(MADE.secret, CALLED)


def test_a_known_caller_can_stop_while_the_store_does_not_answer(
    store: PlatformStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.service.callers._PATIENCE", 0.1)
    known = KnownCallers(store, Gate(store), SetClock())
    caller = known.find(MADE.secret, CALLED)
    answers, real = threading.Event(), store.reading

    @contextmanager
    def reading() -> Iterator[Transaction]:
        assert answers.wait(30)
        with real() as transaction:
            yield transaction

    monkeypatch.setattr(store, "reading", reading)
    try:
        assert known.find_to_stop(MADE.secret, CALLED) == caller
        assert not answers.is_set()
    finally:
        answers.set()
        known.close()


def test_a_token_of_a_user_who_is_disabled_is_not_valid_though_nobody_revoked_it(store: PlatformStore) -> None:
    callers, later = KnownCallers(store, Gate(store), SetClock()), NewToken.generate()
    with store.writing() as transaction:
        transaction.tenants.disable_user("u1", transaction.now)
        transaction.tenants.add_token(Token("later", "acme", "u1", "", transaction.now, "u1", None), later.digest)
    for made in (MADE, later):
        with pytest.raises(UnauthenticatedError):
            callers.find(made.secret, CALLED)
