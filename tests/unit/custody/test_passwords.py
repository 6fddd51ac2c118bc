"""Passwords: argon2id with the parameters of RFC 9106, a limited number at a time."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from leastway.custody import Passwords
from leastway.custody.passwords import LONGEST
from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret

PASSWORD = Secret("four words of mine")


@pytest.fixture(scope="module")
def kept() -> str:
    return Passwords().hash(PASSWORD)


def test_the_parameters_are_those_that_rfc_9106_recommends(kept: str) -> None:
    found = extract_parameters(kept)
    assert (found.type, found.version) == (Type.ID, 0x13)
    assert (found.time_cost, found.memory_cost, found.parallelism) == (3, 65_536, 4)
    assert (found.hash_len, found.salt_len) == (32, 16)
    assert not Passwords().is_outdated(kept)
    assert "four words" not in kept


def test_the_right_password_alone_is_accepted(kept: str) -> None:
    passwords = Passwords()
    assert passwords.verify(kept, PASSWORD)
    assert not passwords.verify(kept, Secret("four words of yours"))
    assert not passwords.verify("damaged", PASSWORD)
    assert not passwords.verify(kept, Secret("x" * (LONGEST + 1)))


def test_an_unknown_user_takes_the_work_of_a_known_one_and_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []

    def verify(_hasher: PasswordHasher, kept: str, _password: str) -> bool:
        worked.append(kept)
        return True

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    assert not Passwords().verify(None, PASSWORD)
    assert extract_parameters(worked[0]).memory_cost == 65_536


def test_weaker_parameters_are_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("four words of mine")
    assert Passwords().is_outdated(weak)
    assert Passwords().verify(weak, PASSWORD)


@pytest.mark.parametrize("password", ["", "eleven char", "x" * (LONGEST + 1)])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(InvalidInputError, match="12 to 1,024 characters"):
        Passwords().hash(Secret(password))


def test_at_most_the_given_number_is_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock, go, two = 0, 0, threading.Lock(), threading.Event(), threading.Event()

    def slow(_hasher: PasswordHasher, _password: str) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 2:
                two.set()
        go.wait(5)
        with lock:
            running -= 1
        return "hash"

    monkeypatch.setattr(PasswordHasher, "hash", slow)
    passwords = Passwords(at_once=2, patience=5)
    threads = [threading.Thread(target=passwords.hash, args=(PASSWORD,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert two.wait(5)
    passwords._patience = 0.01
    with pytest.raises(LeastwayError, match="too many people"):
        passwords.hash(PASSWORD)
    go.set()
    for thread in threads:
        thread.join()
    assert most == 2
