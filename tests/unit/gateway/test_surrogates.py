"""Surrogates, and the real sessions behind them."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from leastway.errors import LeastwayError
from leastway.gateway import AuthorityGoneError, CredentialsMode, MemoryAuthority, RefusedError, SessionAsk
from leastway.gateway.surrogates import RealSessions, Surrogates
from leastway.ports import IssuedSession
from leastway.primitives import Secret
from tests.unit.gateway.terms import ROLE, issued, terms

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
ASK = SessionAsk(ROLE, "eu-central-1")


def _ignore(_secrets: object) -> None:
    """Learn nothing."""


class World:
    """Sessions of an hour, and a clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOW
        self.authority = MemoryAuthority(self.issue)
        self.real = RealSessions(self.authority, lambda: self.now)

    def issue(self, ask: SessionAsk) -> IssuedSession:
        return IssuedSession(issued(ask).keys, self.now + dt.timedelta(hours=1))

    def later(self, **how_long: float) -> None:
        self.now += dt.timedelta(**how_long)


def test_a_session_is_kept_and_renewed_five_minutes_ahead() -> None:
    world = World()
    first = world.real.get(ASK, "plan")
    world.later(minutes=54)
    assert world.real.get(ASK, "plan") is first
    world.later(minutes=2)
    assert world.real.get(ASK, "plan") is not first
    assert len(world.authority.asks) == 2


def test_another_phase_has_a_session_of_its_own() -> None:
    world = World()
    world.real.get(SessionAsk(None, "eu-central-1", via=ASK), "plan")
    world.real.get(SessionAsk(None, "eu-central-1", via=ASK), "apply")
    assert [(each.phase, each.via.phase) for each in world.authority.asks if each.via] == [
        ("plan", "plan"),
        ("apply", "apply"),
    ]


def test_what_is_left_is_used_while_the_server_is_away_and_nothing_after_it() -> None:
    world = World()
    first = world.real.get(ASK, "plan")
    world.later(minutes=57)
    world.authority.gone = True
    assert world.real.get(ASK, "plan") is first
    world.later(minutes=2, seconds=45)
    with pytest.raises(AuthorityGoneError):
        world.real.get(ASK, "plan")


def test_a_refused_renewal_ends_the_session_at_once() -> None:
    world = World()
    world.real.get(ASK, "plan")
    world.later(minutes=57)

    def refuse(_ask: SessionAsk) -> IssuedSession:
        raise RefusedError("a kill switch stops the account")

    world.authority.issue = refuse
    with pytest.raises(RefusedError):
        world.real.get(ASK, "plan")
    world.authority.gone = True
    with pytest.raises(AuthorityGoneError):
        world.real.get(ASK, "plan")


def test_simultaneous_calls_make_one_session() -> None:
    world = World()
    threads = [threading.Thread(target=world.real.get, args=(ASK, "plan")) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.authority.asks) == 1


def test_surrogates_are_marked_random_and_printed_nowhere() -> None:
    world = World()
    user = Surrogates(terms(), world.real, lambda: world.now, _ignore).first
    own = Surrogates(terms(role=ROLE), world.real, lambda: world.now, _ignore).first
    other = Surrogates(terms(role=ROLE), world.real, lambda: world.now, _ignore).first
    assert (user.keys.key_id[:6], user.keys.token, user.ask) == ("AKIALW", None, None)
    assert (own.keys.key_id[:6], len(own.keys.key_id)) == ("ASIALW", 20)
    assert own.keys.key_id != other.keys.key_id
    assert own.keys.secret.reveal() not in repr(own)


@pytest.mark.parametrize("mode", CredentialsMode)
def test_what_is_secret_of_every_key_is_told_once(mode: CredentialsMode) -> None:
    world = World()
    learned: list[Secret] = []
    surrogates = Surrogates(terms(role=ROLE, mode=mode), world.real, lambda: world.now, learned.extend)
    made = surrogates.add(ASK, world.issue(ASK), "terraform")
    of_bucket = surrogates.add_for_bucket(made, "shop", is_read_only=True)
    held = [surrogates.first.keys, made.keys, of_bucket.keys]
    expected = [one.reveal() for each in held for one in (each.secret, each.token) if one is not None]
    assert [one.reveal() for one in learned] == expected, "each of them once"


def test_a_surrogate_ends_with_the_session_that_its_answer_named() -> None:
    world = World()
    surrogates = Surrogates(terms(), world.real, lambda: world.now, _ignore)
    made = surrogates.add(ASK, world.issue(ASK), "terraform")
    assert surrogates.find(made.keys.key_id) == made
    world.later(minutes=60)
    assert surrogates.find(made.keys.key_id) is None
    assert surrogates.find("AKIAIOSFODNN7EXAMPLE") is None


def test_a_run_has_a_limit_of_sessions_and_expired_ones_make_room() -> None:
    world = World()
    surrogates = Surrogates(terms(), world.real, lambda: world.now, _ignore)
    for _ in range(999):
        surrogates.add(ASK, world.issue(ASK), "terraform")
    with pytest.raises(RefusedError, match="its limit"):
        surrogates.add(ASK, world.issue(ASK), "terraform")
    world.later(hours=2)
    surrogates.add(ASK, world.issue(ASK), "terraform")
    assert surrogates.find(surrogates.first.keys.key_id) is not None


def test_injected_keys_are_the_real_ones_and_a_users_key_is_never_injected() -> None:
    world = World()
    injected = terms(role=ROLE, mode=CredentialsMode.INJECTED)
    assert Surrogates(injected, world.real, lambda: world.now, _ignore).first.keys.key_id == "ASIAREALown"
    with pytest.raises(LeastwayError, match="no temporary credentials to inject"):
        Surrogates(terms(mode=CredentialsMode.INJECTED), world.real, lambda: world.now, _ignore)
