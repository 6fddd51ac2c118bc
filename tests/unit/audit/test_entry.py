"""Audit entries and their bytes."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from leastway.audit import Actor, Entry, Outcome, Request, canonical
from leastway.primitives import Secret

NOW = datetime(2026, 11, 28, 12, 30, 1, 250, tzinfo=UTC)
ENTRY = Entry(
    "acme",
    NOW,
    Actor(user="u1", token="ci"),
    "account.created",
    "prod",
    Outcome.DONE,
    {"version": 1, "members": ("aws_role", "external_id"), "checked": True},
    Request("POST", "/orgs/acme/resources/accounts", 200),
)


def test_the_bytes_are_canonical_json() -> None:
    assert canonical(ENTRY).decode() == (
        '{"action":"account.created","actor":{"token":"ci","user":"u1"},"at":"2026-11-28T12:30:01.000250Z",'
        '"details":{"checked":true,"members":["aws_role","external_id"],"version":1},"organization":"acme",'
        '"outcome":"done","request":{"method":"POST","path":"/orgs/acme/resources/accounts","status":200},'
        '"target":"prod"}'
    )


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    assert canonical(Entry("", east, Actor(), "server.started", "")).count(b"2026-11-28T12:30:01") == 1


@pytest.mark.parametrize("value", [Secret("s"), b"s", 1.5, None, ["a"], {"a": 1}, (Secret("s"),)])
def test_a_detail_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="the detail 'x' of an audit entry is"):
        Entry("acme", NOW, Actor(), "a.b", "", details={"x": value})  # type: ignore[dict-item]


def test_text_of_a_caller_is_capped_with_the_digest_of_the_whole() -> None:
    long = "x" * 100_000
    written = json.loads(canonical(Entry("acme", NOW, Actor(), "a.b", long, details={"t": (long,)})))
    assert written["target"] == "x" * 512 + "… sha256:" + hashlib.sha256(long.encode()).hexdigest()
    assert written["details"]["t"] == [written["target"]]


def test_the_largest_entry_fits_a_bundle() -> None:
    details = {f"{'k' * 40}{number}": tuple(["\U0001f600" * 600] * 40) for number in range(32)}
    with pytest.raises(ValueError, match="longer than 65,535 bytes"):
        canonical(Entry("acme", NOW, Actor(), "a.b", "", details=details))


def test_text_that_is_not_unicode_is_replaced() -> None:
    assert json.loads(canonical(Entry("acme", NOW, Actor(), "a.b", "\ud800")))["target"] == "?"
