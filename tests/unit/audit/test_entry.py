"""Audit entries and their bytes."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from leastway.audit import Actor, AuditedRequest, Entry, EntryError, Outcome, canonical, read_entry
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
    AuditedRequest("POST", "/orgs/acme/resources/accounts", 200),
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
    details = {f"{'k' * 40}{number}": ("\x00" * 600,) * 40 for number in range(32)}
    data = canonical(Entry("o" * 600, NOW, Actor("\x00" * 600), "a.b" * 600, "\x00" * 600, details=details))
    assert len(data) < 65_535
    assert list(json.loads(data)["details"]) == ["details-sha256"]


def test_a_long_list_is_cut_with_the_digest_of_the_whole() -> None:
    names = tuple(f"n{number}" for number in range(40))
    whole = hashlib.sha256(json.dumps(names, separators=(",", ":")).encode()).hexdigest()
    written = json.loads(canonical(Entry("acme", NOW, Actor(), "a.b", "", details={"names": names})))
    assert written["details"]["names"] == [*names[:32], f"… 8 more, sha256:{whole}"]


@pytest.mark.parametrize("details", [{"n" * 65: 1}, {"é": 1}, {"": 1}, {"n": 2**53}, {f"n{n}": 1 for n in range(33)}])
def test_a_detail_without_a_canonical_form_is_refused(details: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"detail|2\*\*53"):
        Entry("acme", NOW, Actor(), "a.b", "", details=details)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        Entry("acme", NOW.replace(tzinfo=None), Actor(), "a.b", "")


@pytest.mark.parametrize(
    ("method", "status", "is_change"),
    [("POST", 200, True), ("DELETE", 204, True), ("GET", 200, False), ("PUT", 403, False), ("PATCH", 302, False)],
)
def test_a_change_is_a_successful_request_that_changes(method: str, status: int, is_change: bool) -> None:
    entry = Entry("acme", NOW, Actor(), "a.b", "", request=AuditedRequest(method, "/", status))
    assert entry.is_change is is_change
    assert not Entry("acme", NOW, Actor(), "a.b", "").is_change


def test_an_entry_is_read_back() -> None:
    for one in (ENTRY, Entry("", NOW, Actor(), "server.started", "", Outcome.FAILED)):
        assert read_entry(canonical(one)) == one


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"[" * 100_000,
        canonical(ENTRY).replace(b'"done"', b'"other"'),
        canonical(ENTRY).replace(b"200", b'"200"'),
        canonical(ENTRY).replace(b"2026-11-28T", b""),
        canonical(ENTRY).replace(b'"version":1', b'"version":1.5'),
        canonical(ENTRY).replace(b'"ci"', b"1"),
    ],
)
def test_something_else_is_not_an_entry(data: bytes) -> None:
    with pytest.raises(EntryError, match="it is not an audit entry"):
        read_entry(data)


def test_text_that_is_not_unicode_is_replaced() -> None:
    assert json.loads(canonical(Entry("acme", NOW, Actor(), "a.b", "\ud800")))["target"] == "?"
