"""Whatever is written, read and cut at whatever moment: each stream delivers exactly its bytes, and ends once."""

from __future__ import annotations

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.tunnel.session import TunnelSession
from tests.unit.tunnel.ends import Pair, Recorded


@given(seed=st.integers(0, 2**32), streams=st.integers(1, 4), cuts=st.floats(0.0, 0.2))
@settings(max_examples=150, deadline=None)
def test_cuts_lose_and_double_nothing(seed: int, streams: int, cuts: float) -> None:
    chance = random.Random(seed)

    async def main() -> None:
        pair = Pair()
        opened = [pair.open() for _ in range(streams)]
        pair.settle()
        ends: list[tuple[Recorded, Recorded]] = []
        for stream, client in opened:
            ends += [(client, pair.targets[stream.number]), (pair.targets[stream.number], client)]
        written = [bytearray() for _ in ends]
        open_ends = set(range(len(ends)))
        for _ in range(400):
            at = chance.randrange(len(ends))
            end, far = ends[at]
            assert end.stream is not None
            match chance.randrange(6):
                case 0 | 1 if at in open_ends and not end.is_paused:
                    piece = chance.randbytes(chance.choice((1, 100, 5_000, 70_000)))
                    written[at] += piece
                    end.stream.write(piece)
                case 2 if at in open_ends and chance.random() < 0.1:
                    open_ends.discard(at)
                    end.stream.end()
                case 3:
                    far.reads = not far.reads
                    if far.reads:
                        far.read()
                case _:
                    pair.step(chance.randrange(1, 4))
            if chance.random() < cuts:
                pair.cut()
                pair.connect(is_resumed=True)
        for at in open_ends:
            left = ends[at][0].stream
            assert left is not None
            left.end()
        for _, far in ends:
            far.read()
        pair.settle()
        for at, (_, far) in enumerate(ends):
            assert bytes(far.received) == bytes(written[at])
            assert far.is_ended
            assert far.over == [None]
        _is_empty(pair.server)
        _is_empty(pair.agent)

    asyncio.run(main())


def _is_empty(session: TunnelSession) -> None:
    assert len(session) == 0
    assert not session.is_over
    assert session._budget == 64 * 1024 * 1024
    assert not session._waiting
