"""A session between one agent and one server process: its streams, which outlive the connection that carries them.

When the connection is lost, streams wait. When the agent comes back with the number of its session, both sides say
which streams they have and how far each is (SYNC), send again what is missing, and go on. Each side pings the other
every five seconds; a connection on which nothing has arrived for fifteen is cut.

Frames of data take turns between streams, a piece each. While the connection is congested, streams wait and their sinks
are paused, so that memory is bounded by the windows.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from leastway.tunnel.frames import (
    LONGEST_REASON,
    MOST_STREAMS,
    Frame,
    FrameError,
    FrameKind,
    Reset,
    ResetReason,
    frame,
    read_credit,
    read_frame,
    read_reset,
    read_states,
    read_target,
    states_frame,
)
from leastway.tunnel.stream import Sink, TunnelStream

__all__ = ["Carrier", "Connect", "TunnelSession"]

_log = logging.getLogger("leastway.tunnel")

_PING_EVERY: Final = 5.0
_DEAD_AFTER: Final = 15.0
"""Seconds."""
_BUDGET: Final = 64 * 1024 * 1024
"""Bytes by which the windows of all streams together may exceed the smallest."""
_LAST_NUMBER: Final = 2**32 - 1

Connect = Callable[[TunnelStream, str, int], None]
"""Connects a stream to a target: an agent's half."""


class Carrier(Protocol):
    """One WebSocket connection."""

    @property
    def is_congested(self) -> bool:
        """Whether what was sent has not left yet."""
        ...

    def send(self, message: bytes) -> None:
        """Send a binary message."""
        ...

    def close(self, reason: str, *, is_error: bool = False) -> None:
        """Close in order, and end the session at the peer."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...


class TunnelSession:
    """One session. All calls are made in one loop.

    `connect` is None on the server, which opens streams; on the agent it connects them. `changed` is called when the
    session is suspended, starts to drain, or has lost a stream.
    """

    def __init__(
        self, identifier: str, *, connect: Connect | None = None, changed: Callable[[TunnelSession], None] | None = None
    ) -> None:
        self.id = identifier
        self.is_draining = False
        """Whether either side wants no more streams."""
        self.drained = asyncio.Event()
        """Set when the peer is ending."""
        self.suspended_at: float | None = None
        self.is_over = False
        self._connect = connect
        self._changed = changed or (lambda _session: None)
        self._loop = asyncio.get_running_loop()
        self._carrier: Carrier | None = None
        self._is_synchronized = True
        self._streams: dict[int, TunnelStream] = {}
        self._waiting: OrderedDict[TunnelStream, None] = OrderedDict()  # a dict would scan what left its front
        self._is_pumping = False
        self._last = 0
        self._budget = _BUDGET
        self._heard_at = 0.0
        self._pinged_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.round_trip: float | None = None
        """Seconds of the last ping."""

    def __len__(self) -> int:
        return len(self._streams)

    @property
    def is_connected(self) -> bool:
        """Whether streams move."""
        return self._carrier is not None and self._is_synchronized

    @property
    def streams(self) -> Iterator[TunnelStream]:
        """The streams that are open."""
        return iter(tuple(self._streams.values()))

    # --- the connection --------------------------------------------------------------------------------------------

    def attach(self, carrier: Carrier, *, is_resumed: bool) -> None:
        """Begin on a connection, or go on with it; one that the session still has is cut."""
        old, self._carrier = self._carrier, carrier
        if old is not None:
            old.abort()
        self.suspended_at = None
        self._heard_at = self._loop.time()
        self._is_synchronized = not is_resumed
        if is_resumed:
            carrier.send(states_frame(one.state for one in self._streams.values()))
        if self._timer is None:
            self._timer = self._loop.call_later(_PING_EVERY, self._tick)

    def lost(self, carrier: Carrier, *, is_final: bool = False) -> None:
        """Note that a connection ended. Streams wait; those that are not opened yet fail at once.

        With `is_final`, the peer has ended the session.
        """
        if carrier is not self._carrier:
            return  # it was replaced
        if is_final:
            self.finish(Reset(ResetReason.LOST, "the peer ended the session"))
            self._changed(self)
            return
        self._carrier = None
        self.suspended_at = self._loop.time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._connect is None:
            for stream in self.streams:
                if not stream.is_opened and self.forget(stream):
                    stream.close(Reset(ResetReason.LOST, "the connection of the agent was lost"))
        self._changed(self)

    def finish(self, reset: Reset) -> None:
        """End the session and all of its streams."""
        self.is_over = True
        carrier, self._carrier = self._carrier, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for stream in self.streams:
            if self.forget(stream):
                stream.close(reset)
        if carrier is not None:
            carrier.close(reset.text)

    def send(self, message: bytes) -> None:
        """Send a frame if there is a connection; what matters after a reconnection is in the SYNC."""
        if self._carrier is not None:
            self._carrier.send(message)

    def go_away(self, reason: str) -> None:
        """Ask the peer for no new streams."""
        self.is_draining = True
        self.send(frame(FrameKind.GOAWAY, 0, reason.encode()[:LONGEST_REASON]))

    def _tick(self) -> None:
        now = self._loop.time()
        carrier = self._carrier
        if carrier is None:
            self._timer = None
            return
        if now - self._heard_at > _DEAD_AFTER:
            _log.warning("session %s: nothing has arrived for %d s", self.id, _DEAD_AFTER)
            carrier.abort()
            self._timer = None
            self.lost(carrier)
            return
        self._pinged_at = now
        carrier.send(frame(FrameKind.PING, 0, int(now * 1e6).to_bytes(8)))
        self._timer = self._loop.call_later(_PING_EVERY, self._tick)

    # --- streams ---------------------------------------------------------------------------------------------------

    def open(self, host: str, port: int, sink: Sink) -> TunnelStream:
        """Open a stream to a target: the server's half. Errors: FrameError if the session takes no more."""
        if (
            not self.is_connected
            or self.is_draining
            or len(self._streams) >= MOST_STREAMS
            or self._last >= _LAST_NUMBER
        ):
            raise FrameError("the session takes no more streams")
        self._last += 1
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        stream = self._streams[self._last] = TunnelStream(self, self._last, target, sink)
        self.send(frame(FrameKind.OPEN, stream.number, target.encode()))
        return stream

    def forget(self, stream: TunnelStream) -> bool:
        """Remove a stream; return whether it was there."""
        self._waiting.pop(stream, None)
        if self._streams.pop(stream.number, None) is None:
            return False
        self._budget += stream.borrowed
        return True

    def borrow(self, count: int) -> bool:
        """Take bytes of the budget for a larger window, if it has them."""
        if self._budget < count:
            return False
        self._budget -= count
        return True

    def wants_to_send(self, stream: TunnelStream) -> None:
        """Let a stream take its turn."""
        if stream.can_send and stream.number in self._streams:
            self._waiting[stream] = None
            self.pump()

    def pump(self) -> None:
        """Send what waits, a piece of each stream in turn, until the connection is congested."""
        if self._is_pumping:
            return
        self._is_pumping = True
        try:
            while self._waiting and (carrier := self._carrier) and self._is_synchronized and not carrier.is_congested:
                stream, _ = self._waiting.popitem(last=False)
                carrier.send(stream.send_piece())
                if stream.can_send and stream.number in self._streams:
                    self._waiting[stream] = None
        finally:
            self._is_pumping = False

    # --- receiving -------------------------------------------------------------------------------------------------

    def on_message(self, message: bytes | str) -> None:
        """Take a message. A peer that breaks the protocol is cut off with its streams, and what follows is dropped."""
        if self.is_over:
            return
        try:
            if isinstance(message, str):
                raise FrameError("text instead of a frame")
            self._on_frame(read_frame(message))
        except FrameError as error:
            _log.warning("session %s is ended: %s", self.id, error)
            carrier, self._carrier = self._carrier, None
            if carrier is not None:
                carrier.close(error.what, is_error=True)
            self.finish(Reset(ResetReason.LOST, f"the peer broke the protocol: {error.what}"))
            self._changed(self)

    def _on_frame(self, got: Frame) -> None:
        self._heard_at = self._loop.time()
        if not self._is_synchronized and got.kind is not FrameKind.SYNC:
            raise FrameError(f"a {got.kind.name} frame before SYNC")
        match got.kind:
            case FrameKind.PING:
                self.send(frame(FrameKind.PONG, 0, got.body))
            case FrameKind.PONG:
                self.round_trip = self._heard_at - self._pinged_at
            case FrameKind.SYNC:
                self._synchronize(got.body)
            case FrameKind.GOAWAY:
                self.is_draining = True
                self.drained.set()
                self._changed(self)
            case FrameKind.OPEN:
                self._on_open(got)
            case _:
                self._on_stream(got)

    def _on_stream(self, got: Frame) -> None:
        stream = self._streams.get(got.stream)
        if stream is None:
            if got.stream > self._last:
                raise FrameError(f"a {got.kind.name} frame for stream {got.stream}, which was never opened")
            return  # it was reset here, and the peer does not know yet
        match got.kind:
            case FrameKind.DATA:
                stream.on_data(got.body)
            case FrameKind.CREDIT:
                stream.on_credit(read_credit(got.body))
            case FrameKind.EOF:
                stream.on_end()
            case FrameKind.OPENED:
                if self._connect is not None:
                    raise FrameError("an OPENED frame from a server")
                stream.on_opened()
            case FrameKind.RESET:
                reset = read_reset(got.body)
                self.forget(stream)
                stream.close(reset)
            case _:
                raise AssertionError(got.kind)

    def _on_open(self, got: Frame) -> None:
        if self._connect is None:
            raise FrameError("an OPEN frame from an agent")
        if got.stream <= self._last:
            raise FrameError(f"stream {got.stream} is opened again")
        host, port = read_target(got.body)
        self._last = got.stream
        stream = TunnelStream(self, got.stream, f"{host}:{port}", _NoSink())
        self._streams[got.stream] = stream
        if len(self._streams) > MOST_STREAMS:
            stream.reset(Reset(ResetReason.TOO_MANY, f"the agent has {MOST_STREAMS:,} streams already"))
        elif self.is_draining:
            stream.reset(Reset(ResetReason.DRAINING, "the agent is ending"))
        else:
            self._connect(stream, host, port)

    def _synchronize(self, body: bytes) -> None:
        if self._is_synchronized:
            raise FrameError("a SYNC frame without a reconnection")
        theirs = read_states(body)
        for stream in self.streams:
            stream.synchronize(theirs.get(stream.number))
        self._is_synchronized = True  # not before: a stream that waits would send before it goes back
        self._changed(self)
        self.pump()


class _NoSink:
    """The local end of a stream that is being connected: nothing may arrive for it yet."""

    def opened(self) -> None: ...
    def data(self, data: bytes) -> None: ...
    def end(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def closed(self, reset: Reset | None) -> None: ...
