"""A server on loopback as if it were far away."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

__all__ = ["away"]


@contextmanager
def away(endpoint: str, seconds: float) -> Iterator[str]:
    """Give the URL of a relay to `endpoint` through which each piece arrives `seconds` later, in both directions."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        parts = urlsplit(endpoint)
        assert parts.hostname is not None
        assert parts.port is not None
        listening = _listening(parts.hostname, parts.port, seconds)
        server = asyncio.run_coroutine_threadsafe(listening, loop).result(30)
        yield f"{parts.scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        loop.call_soon_threadsafe(server.close)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


async def _listening(host: str, port: int, seconds: float) -> asyncio.Server:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if not piece:
                    writer.close()
                    return
                writer.write(piece)
                await writer.drain()

        delivered = asyncio.create_task(deliver())
        with contextlib.suppress(OSError):
            while piece := await reader.read(1 << 16):
                pieces.put_nowait((time.monotonic() + seconds, piece))
        pieces.put_nowait((time.monotonic(), b""))
        with contextlib.suppress(OSError):
            await delivered

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection(host, port)
        await asyncio.gather(carry(reader, outer), carry(inner, writer))

    return await asyncio.start_server(accept, "127.0.0.1", 0)
