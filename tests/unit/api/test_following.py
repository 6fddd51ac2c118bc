"""A log as a stream: in how many pieces it is sent, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request

from leastway.api import following
from leastway.registry import RunLine
from leastway.service import UnauthenticatedError

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LINES = [RunLine(number, NOW, "apply", "x" * 100) for number in range(1, 2501)]


@pytest.fixture
def request_of(monkeypatch: pytest.MonkeyPatch) -> Request:
    async def known(_request: Request) -> Any:
        return None

    monkeypatch.setattr(following, "authenticate_again", known)
    monkeypatch.setattr(following, "authenticate_anew", known)
    state = SimpleNamespace(is_stopping=False, log_reads=asyncio.Semaphore(following.READS))
    scope = {"type": "http", "headers": [(b"accept", b"text/event-stream")], "app": SimpleNamespace(state=state)}
    return Request(scope)


async def sent(request: Request, stop_after: int = 0) -> list[bytes]:
    """Return the pieces of a log that has ended; the server stops after some."""

    async def read(_caller: Any, after: int) -> tuple[str, Sequence[RunLine]]:
        return "ended", LINES[after : after + 1000]

    answer = await following.follow(request, cast("Any", None), read, lambda status: {"status": status}, 0)
    found: list[bytes] = []
    async for piece in cast("Any", answer).body_iterator:
        found.append(piece)
        request.app.state.is_stopping = 0 < stop_after <= len(found)
    return found


def test_lines_are_sent_together_because_each_piece_stops_all_other_requests(request_of: Request) -> None:
    pieces = asyncio.run(sent(request_of))
    whole = b"".join(pieces)
    assert whole.count(b"event: line\n") == len(LINES)
    assert [int(part.partition(b"\n")[0]) for part in whole.split(b"\nid: ")[1:]] == [one.number for one in LINES]
    assert pieces[-1] == b'event: end\ndata: {"status": "ended"}\n\n'
    assert len(pieces) < 15


def test_a_stream_ends_with_the_server_although_more_lines_wait(request_of: Request) -> None:
    pieces = asyncio.run(sent(request_of, stop_after=1))
    assert 0 < b"".join(pieces).count(b"event: line\n") <= 1000
    assert b"event: end" not in b"".join(pieces)


@pytest.mark.parametrize("lines", [LINES[1:2], []], ids=["lines", "the end"])
def test_what_was_read_after_a_revocation_is_not_sent(
    lines: list[RunLine], request_of: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def revoked(_request: Request) -> Any:
        raise UnauthenticatedError("the token is not valid")

    async def read(_caller: Any, after: int) -> tuple[str, Sequence[RunLine]]:
        return "ended", LINES[:1] if after == 0 else lines if after == 1 else []

    async def follow() -> list[bytes]:
        answer = await following.follow(request_of, cast("Any", None), read, lambda _: {"status": "ended"}, 0)
        return [piece async for piece in cast("Any", answer).body_iterator]

    monkeypatch.setattr(following, "authenticate_anew", revoked)
    (first,) = asyncio.run(follow())
    assert first.startswith(b"event: line\nid: 1\n")
    assert first.count(b"event: ") == 1


def test_many_who_follow_a_log_leave_threads_for_other_requests(request_of: Request) -> None:
    reading, most = 0, 0

    async def read(_caller: Any, after: int) -> tuple[str, Sequence[RunLine]]:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        await asyncio.sleep(0)
        reading -= 1
        return "ended", LINES[after : after + 1000]

    async def one() -> bytes:
        answer = await following.follow(request_of, cast("Any", None), read, lambda _: {"status": "ended"}, 0)
        return b"".join([piece async for piece in cast("Any", answer).body_iterator])

    async def all_at_once() -> list[bytes]:
        return await asyncio.gather(*(one() for _ in range(30)))

    found = asyncio.run(all_at_once())
    assert {each.count(b"event: line\n") for each in found} == {len(LINES)}
    assert most == following.READS
