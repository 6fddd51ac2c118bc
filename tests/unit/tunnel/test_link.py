"""Messages of a WebSocket connection that arrive in parts."""

from __future__ import annotations

import asyncio

import pytest
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from leastway.tunnel.link import Link


@pytest.mark.parametrize("first", [b"", b"a"])
def test_a_message_in_parts_is_whole_and_empty_parts_take_no_memory(first: bytes) -> None:
    async def main() -> None:
        link = Link(ServerProtocol())
        link._on_frame(Frame(Opcode.TEXT, first, fin=False))
        for _ in range(1000):
            link._on_frame(Frame(Opcode.CONT, b"", fin=False))
        assert len(link._parts) == 1
        link._on_frame(Frame(Opcode.CONT, b"b", fin=False))
        link._on_frame(Frame(Opcode.CONT, b"", fin=True))
        assert await link.receive_text() == (first + b"b").decode()

    asyncio.run(main())
