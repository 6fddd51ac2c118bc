"""A small load generator: keep-alive connections that each send the next request when the last one was answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 16


@dataclass
class Load:
    """What was measured: answers a second, and the latencies in milliseconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, load: Load, ends: float) -> None:
        self._request, self._load, self._ends = request, load, ends
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        now = time.perf_counter()
        self._load.latencies.append((now - self._began) * 1000)
        self._load.failed += not head.startswith(b"HTTP/1.1 200")
        self._received = b""
        if now < self._ends:
            self._send()
            return
        assert self._transport is not None
        self._transport.close()
        self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


def put_under_load(
    url: str, headers: Mapping[str, str] | None = None, *, seconds: float, connections: int = CONNECTIONS
) -> Load:
    """Send GET requests for some seconds over some connections."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    sent = {"Host": parts.netloc, **(headers or {})}
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    request = "\r\n".join([*lines, "", ""]).encode()
    load = Load()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        made = [
            await loop.create_connection(lambda: _Connection(request, load, began + seconds), host, port)
            for _ in range(connections)
        ]
        await asyncio.gather(*(protocol.done for _, protocol in made))
        load.seconds = time.perf_counter() - began

    asyncio.run(run())
    return load
