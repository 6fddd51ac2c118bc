"""A server on loopback as if it spoke TLS, or were far away."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import trustme

__all__ = ["away", "over_tls"]

_HERE = "127.0.0.1"


@contextmanager
def away(endpoint: str, seconds: float) -> Iterator[str]:
    """Give the URL of a relay to `endpoint` through which each piece arrives `seconds` later, in both directions.

    A connection opens after one way there and one back, as TCP does.
    """
    with _relay(endpoint, seconds) as port:
        yield f"{urlsplit(endpoint).scheme}://{_HERE}:{port}"


@contextmanager
def over_tls(endpoint: str) -> Iterator[tuple[str, str]]:
    """Give an https URL for an http `endpoint`, and the PEM of the CA of its certificate."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(_HERE).configure_cert(context)
    with _relay(endpoint, 0.0, context) as port:
        yield f"https://{_HERE}:{port}", authority.cert_pem.bytes().decode()


@contextmanager
def _relay(endpoint: str, seconds: float, context: ssl.SSLContext | None = None) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        parts = urlsplit(endpoint)
        assert parts.hostname is not None
        assert parts.port is not None
        listening = _listening(parts.hostname, parts.port, seconds, context)
        server = asyncio.run_coroutine_threadsafe(listening, loop).result(30)
        yield server.sockets[0].getsockname()[1]
        loop.call_soon_threadsafe(server.close)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


async def _listening(host: str, port: int, seconds: float, context: ssl.SSLContext | None) -> asyncio.Server:
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
        await asyncio.sleep(2 * seconds)
        await asyncio.gather(carry(reader, outer), carry(inner, writer))

    return await asyncio.start_server(accept, _HERE, 0, ssl=context)
