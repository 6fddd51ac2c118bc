"""An agent and a server that sends what the test says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from leastway.tunnel.frames import FrameKind, frame, read_frame
from tests.integration.tunnel.world import AgentThread, key_file

pytestmark = pytest.mark.integration


def _serve_agent(key: Path, frames: list[bytes], heard: Callable[[bytes], None], is_done: Callable[[], bool]) -> None:
    """Answer each handshake with a welcome and these frames in one piece, until enough was heard."""

    async def answer(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"nonce": "0" * 64, "time": "2026-11-28T12:00:00Z"}))
        await connection.recv()
        connection.protocol.send_text(json.dumps({"session": "0" * 32, "is_resumed": False}).encode())
        for each in frames:
            connection.protocol.send_binary(each)
        connection.transport.write(b"".join(connection.protocol.data_to_send()))
        async for message in connection:
            assert isinstance(message, bytes)
            heard(message)

    async def main() -> None:
        async with serve(answer, "127.0.0.1", 0, subprotocols=["leastway-tunnel.1"], compression=None) as server:  # type: ignore[list-item]
            port = next(iter(server.sockets)).getsockname()[1]
            agent = await asyncio.to_thread(AgentThread, f"ws://127.0.0.1:{port}", key, ["api.example:443"])
            try:
                async with asyncio.timeout(60):
                    while not is_done():
                        await asyncio.sleep(0.01)
            finally:
                agent.stop()
                await asyncio.to_thread(agent.join)

    asyncio.run(main())


def test_streams_that_are_opened_together_with_the_welcome_are_answered(keys: Path) -> None:
    wanted = {number: frame(FrameKind.OPEN, number, b"other.example:443") for number in range(1, 33)}
    answered: set[int] = set()

    def heard(message: bytes) -> None:
        got = read_frame(message)
        if got.kind is FrameKind.RESET:
            answered.add(got.stream)

    _serve_agent(key_file(keys, 1), list(wanted.values()), heard, lambda: answered == set(wanted))


def test_an_agent_does_not_hurry_to_a_server_that_sends_it_away_at_once(keys: Path) -> None:
    times: list[float] = []

    def heard(message: bytes) -> None:
        if read_frame(message).kind is FrameKind.PONG:
            times.append(time.monotonic())

    away = [frame(FrameKind.PING, 0, bytes(8)), frame(FrameKind.GOAWAY, 0, b"ending")]
    _serve_agent(key_file(keys, 1), away, heard, lambda: len(times) >= 6)
    assert times[5] - times[0] > 1
