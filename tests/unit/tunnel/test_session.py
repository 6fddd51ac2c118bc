"""Sessions and streams without a network: credit, ends, resets, reconnections, and peers that break the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from leastway.tunnel.frames import (
    LARGEST_PIECE,
    MOST_STREAMS,
    FrameKind,
    Reset,
    ResetReason,
    StreamState,
    credit_frame,
    frame,
    read_frame,
    reset_frame,
    states_frame,
)
from leastway.tunnel.stream import LARGEST_WINDOW, SMALLEST_WINDOW
from tests.unit.tunnel.ends import Pair


def in_loop(test: Callable[[], None]) -> Callable[[], None]:
    """Run a test in a loop, which sessions need for their timers."""

    def run() -> None:
        async def main() -> None:
            test()

        asyncio.run(main())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@in_loop
def test_data_and_ends_arrive_in_both_directions() -> None:
    pair = Pair()
    stream, client = pair.open()
    pair.settle()
    assert client.is_opened
    target = pair.targets[stream.number]
    stream.write(b"hello")
    stream.end()
    pair.settle()
    assert (bytes(target.received), target.is_ended) == (b"hello", True)
    assert target.stream is not None
    target.stream.write(b"world")
    pair.settle()
    assert bytes(client.received) == b"world"
    assert not client.is_ended
    target.stream.end()
    pair.settle()
    assert client.over == target.over == [None]
    assert len(pair.server) == len(pair.agent) == 0


@in_loop
def test_a_reader_that_stands_still_gets_no_more_than_its_window() -> None:
    pair = Pair(agent_reads=False)
    stream, client = pair.open()
    pair.settle()
    for _ in range(100):
        stream.write(bytes(LARGEST_PIECE))
    pair.settle()
    target = pair.targets[stream.number]
    assert len(target.received) == SMALLEST_WINDOW
    assert client.is_paused
    target.read()
    pair.settle()
    assert len(target.received) == 100 * LARGEST_PIECE
    assert not client.is_paused


@in_loop
def test_a_reader_that_keeps_up_gets_a_larger_window_within_the_budget() -> None:
    pair = Pair()
    stream, _ = pair.open()
    pair.settle()
    for _ in range(400):
        stream.write(bytes(LARGEST_PIECE))
    pair.settle()
    state = next(pair.agent.streams).state
    assert state.limit - state.passed == pytest.approx(LARGEST_WINDOW, abs=LARGEST_WINDOW // 2)


@in_loop
def test_streams_take_turns() -> None:
    pair = Pair()
    streams = [pair.open()[0] for _ in range(3)]
    pair.settle()
    pair.to_agent.is_congested = True
    for one in streams:
        one.write(bytes(SMALLEST_WINDOW // 2))
        one.write(bytes(SMALLEST_WINDOW // 2))
    pair.to_agent.is_congested = False
    pair.server.pump()
    sent = [read_frame(one).stream for one in pair.to_agent.sent]
    assert sent == [1, 2, 3, 1, 2, 3]


@in_loop
def test_a_reset_ends_one_stream_and_what_is_still_on_the_way_is_ignored() -> None:
    pair = Pair()
    stream, client = pair.open()
    other, _ = pair.open()
    pair.settle()
    target = pair.targets[stream.number].stream
    assert target is not None
    target.write(b"late")
    stream.reset(Reset(ResetReason.STOPPED, "stopped"))
    pair.settle()
    assert client.over == [Reset(ResetReason.STOPPED, "stopped")]
    assert pair.targets[stream.number].over == [Reset(ResetReason.STOPPED, "stopped")]
    assert not other.is_over
    assert not pair.server.is_over


@in_loop
def test_streams_go_on_after_a_reconnection_and_nothing_is_lost_or_doubled() -> None:
    pair = Pair()
    stream, client = pair.open()
    pair.settle()
    stream.write(b"a" * 10)
    pair.settle()
    stream.write(b"b" * 10)  # is lost on the way
    pair.cut()
    stream.write(b"c" * 10)
    stream.end()
    pair.connect(is_resumed=True)
    pair.settle()
    target = pair.targets[stream.number]
    assert bytes(target.received) == b"a" * 10 + b"b" * 10 + b"c" * 10
    assert target.is_ended
    assert target.stream is not None
    target.stream.write(b"answer")
    target.stream.end()
    pair.step(1)
    pair.cut()
    pair.connect(is_resumed=True)
    pair.settle()
    assert bytes(client.received) == b"answer"
    assert client.over == target.over == [None]


@in_loop
def test_a_stream_that_the_peer_does_not_know_any_more_is_reset() -> None:
    pair = Pair()
    stream, client = pair.open()
    pair.settle()
    pair.cut()
    pair.targets[stream.number].stream.reset(Reset(ResetReason.LOST, "gone"))  # type: ignore[union-attr]
    pair.connect(is_resumed=True)
    pair.settle()
    assert [one.reason for one in client.over if one] == [ResetReason.LOST]


@in_loop
def test_a_stream_that_is_not_opened_yet_fails_at_once_when_the_connection_is_lost() -> None:
    pair = Pair(connects=False)
    _, client = pair.open()
    pair.settle()
    pair.cut()
    assert [one.reason for one in client.over if one] == [ResetReason.LOST]
    pair.connect(is_resumed=True)
    pair.settle()
    assert len(pair.agent) == 0


@in_loop
def test_a_connection_that_was_replaced_does_not_suspend_the_session() -> None:
    pair = Pair()
    pair.settle()
    old = pair.to_agent
    pair.connect(is_resumed=True)
    assert old.closed == "aborted"
    pair.server.lost(old)
    pair.settle()
    assert pair.server.is_connected


@in_loop
def test_an_agent_takes_a_bounded_number_of_streams() -> None:
    pair = Pair()
    for number in range(1, MOST_STREAMS + 3):
        pair.agent.on_message(frame(FrameKind.OPEN, number, b"api.example:443"))
    assert len(pair.agent) == MOST_STREAMS
    resets = [one for one in map(read_frame, pair.to_server.sent) if one.kind is FrameKind.RESET]
    assert [one.body[0] for one in resets] == [ResetReason.TOO_MANY] * 2


@in_loop
def test_the_agent_takes_no_streams_when_it_ends() -> None:
    pair = Pair()
    pair.agent.go_away("ending")
    _, client = pair.open()
    pair.settle()
    assert [one.reason for one in client.over if one] == [ResetReason.DRAINING]
    assert pair.server.drained.is_set()


VIOLATIONS: dict[str, list[bytes]] = {
    "a-kind-that-does-not-exist": [b"\x63\x00\x00\x00\x01"],
    "too-short": [b"\x03"],
    "data-without-a-stream": [frame(FrameKind.DATA, 0, b"x")],
    "no-data": [frame(FrameKind.DATA, 1)],
    "more-data-than-one-frame-has": [frame(FrameKind.DATA, 1, bytes(LARGEST_PIECE + 1))],
    "more-than-the-credit": [frame(FrameKind.DATA, 1, bytes(LARGEST_PIECE))] * 2 + [frame(FrameKind.DATA, 1, b"x")],
    "data-after-the-end": [frame(FrameKind.EOF, 1), frame(FrameKind.DATA, 1, b"x")],
    "two-ends": [frame(FrameKind.EOF, 1)] * 2,
    "data-of-a-stream-that-never-was": [frame(FrameKind.DATA, 77, b"x")],
    "credit-beyond-what-was-sent": [credit_frame(1, 5, SMALLEST_WINDOW)],
    "credit-that-goes-back": [credit_frame(1, 0, SMALLEST_WINDOW - 1)],
    "credit-without-a-bound": [credit_frame(1, 0, 2**60)],
    "opened-twice": [frame(FrameKind.OPENED, 1)],
    "sync-without-a-reconnection": [states_frame([])],
    "open-from-an-agent": [frame(FrameKind.OPEN, 2, b"api.example:443")],
    "a-ping-without-its-number": [frame(FrameKind.PING, 0, b"")],
    "a-reset-without-a-reason": [frame(FrameKind.RESET, 1)],
}


@pytest.mark.parametrize("messages", VIOLATIONS.values(), ids=VIOLATIONS)
def test_an_agent_that_breaks_the_protocol_is_cut_off_with_its_streams(messages: list[bytes]) -> None:
    async def main() -> None:
        pair = Pair()
        _, client = pair.open(reads=False)
        pair.settle()
        for one in messages:
            pair.server.on_message(one)
        assert pair.server.is_over
        assert [one.reason for one in client.over if one] == [ResetReason.LOST]
        assert pair.to_agent.closed

    asyncio.run(main())


SERVER_VIOLATIONS: dict[str, list[bytes]] = {
    "data-before-opened": [frame(FrameKind.OPEN, 1, b"api:443"), frame(FrameKind.DATA, 1, b"x")],
    "the-end-before-opened": [frame(FrameKind.OPEN, 1, b"api:443"), frame(FrameKind.EOF, 1)],
    "credit-before-opened": [frame(FrameKind.OPEN, 1, b"api:443"), credit_frame(1, 0, SMALLEST_WINDOW)],
    "the-same-number-twice": [frame(FrameKind.OPEN, 1, b"api:443")] * 2,
    "opened-from-a-server": [frame(FrameKind.OPEN, 1, b"api:443"), frame(FrameKind.OPENED, 1)],
    "no-port": [frame(FrameKind.OPEN, 1, b"api")],
    "a-space-in-the-host": [frame(FrameKind.OPEN, 1, b"a b:443")],
}


@pytest.mark.parametrize("messages", SERVER_VIOLATIONS.values(), ids=SERVER_VIOLATIONS)
def test_a_server_that_breaks_the_protocol_is_cut_off(messages: list[bytes]) -> None:
    async def main() -> None:
        pair = Pair(connects=False)
        for one in messages:
            pair.agent.on_message(one)
        assert pair.agent.is_over
        assert pair.to_server.closed

    asyncio.run(main())


@in_loop
def test_what_a_server_sends_after_the_session_is_over_connects_nothing() -> None:
    pair = Pair()
    pair.agent.on_message("text")
    assert pair.agent.is_over
    pair.agent.on_message(frame(FrameKind.OPEN, 1, b"api:443"))
    assert (len(pair.agent), pair.targets) == (0, {})


@pytest.mark.parametrize(
    "state",
    [
        StreamState(1, True, 100, 0, SMALLEST_WINDOW),
        StreamState(1, True, 0, 0, 0),
        StreamState(1, True, 0, 0, 2**60),
    ],
    ids=["received-more-than-was-sent", "less-credit", "credit-without-a-bound"],
)
def test_a_sync_that_cannot_be_ends_the_session(state: StreamState) -> None:
    async def main() -> None:
        pair = Pair()
        pair.open()
        pair.settle()
        pair.cut()
        pair.connect(is_resumed=True)
        pair.server.on_message(states_frame([state]))
        assert pair.server.is_over

    asyncio.run(main())


@in_loop
def test_a_frame_before_sync_ends_the_session() -> None:
    pair = Pair()
    pair.cut()
    pair.connect(is_resumed=True)
    pair.server.on_message(frame(FrameKind.PING, 0, bytes(8)))
    assert pair.server.is_over


def test_both_sides_ping_and_a_silent_connection_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastway.tunnel.session._PING_EVERY", 0.02)
    monkeypatch.setattr("leastway.tunnel.session._DEAD_AFTER", 0.1)

    async def main() -> None:
        pair = Pair()
        for _ in range(20):
            await asyncio.sleep(0.02)
            pair.settle()
        assert pair.server.is_connected
        assert pair.agent.round_trip is not None
        wire = pair.to_agent
        async with asyncio.timeout(5):
            while wire.closed is None:
                await asyncio.sleep(0.02)  # the agent stands still
        assert wire.closed == "aborted"
        assert pair.server.suspended_at is not None
        pair.agent.finish(Reset(ResetReason.LOST, ""))

    asyncio.run(main())


@in_loop
def test_a_long_reason_is_cut() -> None:
    pair = Pair()
    _, client = pair.open()
    pair.settle()
    message = reset_frame(1, Reset(ResetReason.LOST, "x" * 5000))
    pair.server.on_message(message)
    assert client.over[0] is not None
    assert len(client.over[0].text) == 512


@in_loop
def test_what_is_kept_for_a_reconnection_is_bounded_by_the_credit() -> None:
    pair = Pair(agent_reads=False)
    stream, _ = pair.open()
    pair.settle()
    for _ in range(50):
        stream.write(bytes(LARGEST_PIECE))
    assert sum(map(len, stream._unacknowledged)) <= SMALLEST_WINDOW + 100


@in_loop
def test_a_session_that_ends_tells_every_stream_once() -> None:
    pair = Pair()
    clients = [pair.open()[1] for _ in range(3)]
    pair.settle()
    pair.server.finish(Reset(ResetReason.STOPPED, "stopped"))
    pair.server.finish(Reset(ResetReason.STOPPED, "again"))
    assert [one.over for one in clients] == [[Reset(ResetReason.STOPPED, "stopped")]] * 3
