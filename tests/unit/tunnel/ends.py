"""Ends in memory: a carrier that keeps what is sent, a sink that keeps what arrives, and two sessions that talk."""

from __future__ import annotations

from collections import deque

from leastway.tunnel.frames import Reset
from leastway.tunnel.session import TunnelSession
from leastway.tunnel.stream import TunnelStream


class Wire:
    """One direction of a connection, as a carrier: what is sent waits in `sent`."""

    def __init__(self) -> None:
        self.sent: deque[bytes] = deque()
        self.is_congested = False
        self.closed: str | None = None

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    def close(self, reason: str, *, is_error: bool = False) -> None:
        self.closed = reason

    def abort(self) -> None:
        self.closed = "aborted"


class Recorded:
    """A local end that keeps everything; `reads` says whether it passes on what arrives."""

    def __init__(self, *, reads: bool = True) -> None:
        self.stream: TunnelStream | None = None
        self.reads = reads
        self.received = bytearray()
        self.held = 0
        self.is_ended = False
        self.is_paused = False
        self.is_opened = False
        self.over: list[Reset | None] = []

    def opened(self) -> None:
        self.is_opened = True

    def data(self, data: bytes) -> None:
        self.received += data
        self._pass(len(data))

    def end(self) -> None:
        self.is_ended = True
        self._pass(1)

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    def closed(self, reset: Reset | None) -> None:
        self.over.append(reset)

    def read(self) -> None:
        """Pass on what was held back, and all that follows."""
        self.reads = True
        held, self.held = self.held, 0
        if held and self.stream is not None:
            self.stream.passed_on(held)

    def _pass(self, count: int) -> None:
        assert self.stream is not None
        if self.reads:
            self.stream.passed_on(count)
        else:
            self.held += count


class Pair:
    """A server's and an agent's session over one connection in memory. Make it in a loop."""

    def __init__(self, *, agent_reads: bool = True, connects: bool = True) -> None:
        self.connects = connects
        self.agent_reads = agent_reads
        self.targets: dict[int, Recorded] = {}
        self.waiting: dict[int, TunnelStream] = {}
        self.server = TunnelSession("s")
        self.agent = TunnelSession("s", connect=self._connect)
        self.to_agent, self.to_server = Wire(), Wire()
        self.connect(is_resumed=False)

    def connect(self, *, is_resumed: bool) -> None:
        """Begin a connection; what was on the way in the one before is lost."""
        self.to_agent, self.to_server = Wire(), Wire()
        self.server.attach(self.to_agent, is_resumed=is_resumed)
        self.agent.attach(self.to_server, is_resumed=is_resumed)

    def cut(self) -> None:
        """Lose the connection, with what is on the way."""
        self.server.lost(self.to_agent)
        self.agent.lost(self.to_server)

    def open(self, *, reads: bool = True) -> tuple[TunnelStream, Recorded]:
        """Open a stream from the server."""
        sink = Recorded(reads=reads)
        sink.stream = self.server.open("api.example", 443, sink)
        return sink.stream, sink

    def step(self, messages: int = 1) -> bool:
        """Deliver up to this many messages in each direction; return whether there was one."""
        moved = False
        for _ in range(messages):
            for wire, session in ((self.to_agent, self.agent), (self.to_server, self.server)):
                if wire.sent and not session.is_over:
                    session.on_message(wire.sent.popleft())
                    moved = True
        return moved

    def settle(self) -> None:
        """Deliver until nothing is on the way."""
        while self.step():
            pass

    def _connect(self, stream: TunnelStream, _host: str, _port: int) -> None:
        if not self.connects:
            self.waiting[stream.number] = stream
            return
        sink = Recorded(reads=self.agent_reads)
        sink.stream = stream
        self.targets[stream.number] = sink
        stream.confirm()
        stream.sink = sink
