"""Lifetimes, the family tree, and the roles of an account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leastway.sessions import AccountRoles, AllowedRole, Lifetime, RoleNotAllowedError, Session, family_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PREFIX = "arn:aws:iam::111122223333:role/"
OWN = AllowedRole(PREFIX + "humanitec-access", "external")
LISTED = AllowedRole(PREFIX + "humanitec-s3", "other", "bucket", 900, "s3-bucket")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("length", [30, 60, 720])
def test_the_next_session_is_made_before_the_last_fifteen_minutes_begin(length: int, jitter: float) -> None:
    lifetime = Lifetime(NOW, NOW + minutes(length), jitter)
    assert NOW < lifetime.refresh_at < NOW + minutes(length - 15)
    assert lifetime.is_good(lifetime.refresh_at)
    assert lifetime.is_good(NOW + minutes(length - 15))
    assert not lifetime.is_good(NOW + minutes(length - 14.9))


def test_jitter_spreads_refreshes() -> None:
    early, late = (Lifetime(NOW, NOW + minutes(60), jitter).refresh_at for jitter in (1.0, 0.0))
    assert late - early == minutes(9)


def test_a_session_under_thirty_minutes_is_not_kept() -> None:
    assert not Lifetime(NOW, NOW + minutes(29.9)).is_good(NOW)
    assert Lifetime(NOW, NOW + minutes(30)).is_good(NOW)


def session(name: str, parent: str | None) -> Session:
    return Session(name, "acme", "prod", None, parent, OWN.arn, "leastway", "ASIA", NOW, NOW + minutes(60))


def test_the_family_of_a_session_is_everything_chained_from_it() -> None:
    tree = [session("a", None), session("b", "a"), session("c", "b"), session("d", None), session("e", "d")]
    assert family_of(["a"], tree) == {"a", "b", "c"}
    assert family_of(["c"], tree) == {"c"}
    assert family_of([], tree) == frozenset()
    assert family_of(["x"], [session("x", "x")]) == {"x"}


def test_an_account_assumes_its_own_role_unless_another_is_named() -> None:
    account = AccountRoles("acme", "prod", OWN, None, (LISTED,))
    assert account.choose(None, None) == OWN
    assert account.choose(LISTED.arn, None) == LISTED
    assert account.choose(None, "s3-bucket") == LISTED
    assert account.choose(LISTED.arn, "s3-bucket") == LISTED


@pytest.mark.parametrize(
    ("role", "definition", "message"),
    [
        (PREFIX + "humanitec-other", None, "is not in the account's list"),
        (PREFIX + "Humanitec-s3", None, "is not in the account's list"),
        (LISTED.arn, "sqs", "is not in the account's list"),
        (None, "sqs", "has no role for definition sqs"),
    ],
)
def test_a_role_that_is_not_in_the_list_is_refused(role: str | None, definition: str | None, message: str) -> None:
    with pytest.raises(RoleNotAllowedError, match=message):
        AccountRoles("acme", "prod", OWN, None, (LISTED,)).choose(role, definition)


def test_the_key_of_a_user_is_never_handed_out() -> None:
    with pytest.raises(RoleNotAllowedError, match="which is never handed out"):
        AccountRoles("acme", "prod", None, 3, (LISTED,)).choose(None, None)
