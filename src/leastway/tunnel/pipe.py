"""A local TCP connection as one end of a stream: of the agent to a target, or of a client to the proxy."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final

from leastway.tunnel.frames import Reset, ResetReason
from leastway.tunnel.stream import TunnelStream

__all__ = ["Pipe"]

_HIGH_WATER: Final = 64 * 1024
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class Pipe(asyncio.Protocol):
    """One connection. It reads nothing until it is attached to its stream.

    `greeting` is written when it is attached, and `early` is what was read before that. `on_closed` is called when the
    stream is over.
    """

    def __init__(self, *, greeting: bytes = b"", early: bytes = b"") -> None:
        self.on_closed: Callable[[], None] | None = None
        self._greeting = greeting
        self._early = early
        self._transport: asyncio.Transport | None = None
        self._stream: TunnelStream | None = None
        self._held = 0
        self._is_full = False

    def attach(self, stream: TunnelStream) -> None:
        """Connect both ends: the stream is opened, or over already."""
        self._stream = stream
        stream.sink = self
        if self._transport is None:
            stream.reset(_GONE)
        elif stream.is_over:
            self._transport.abort()
        else:
            if self._greeting:
                self._transport.write(self._greeting)
            self._transport.resume_reading()
            if self._early:
                stream.write(self._early)

    # --- asyncio ---------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is not a subclass of asyncio.Transport
        assert self._transport is not None  # noqa: S101 - for mypy
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Send data through the stream."""
        if self._stream is not None:
            self._stream.write(data)

    def eof_received(self) -> bool:
        """Send the end; the other direction goes on."""
        if self._stream is not None:
            self._stream.end()
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        """Reset a stream that is not over."""
        self._transport = None
        if self._stream is not None:
            self._stream.reset(_GONE)

    def pause_writing(self) -> None:
        """Give no credit until the local end has read."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Give credit for what the local end has read."""
        self._is_full = False
        held, self._held = self._held, 0
        if held and self._stream is not None and not self._stream.is_over:
            self._stream.passed_on(held)

    # --- the stream ------------------------------------------------------------------------------------------------

    def opened(self) -> None:
        """It was attached because of that."""

    def data(self, data: bytes) -> None:
        """Write data."""
        if self._transport is not None:
            self._transport.write(data)
        self._pass(len(data))

    def end(self) -> None:
        """Write the end, after what was written."""
        if self._transport is not None and self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
        self._pass(1)

    def pause(self) -> None:
        """Read no more."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def closed(self, reset: Reset | None) -> None:
        """Close the connection: in order, or at once."""
        if self.on_closed is not None:
            self.on_closed()
        if self._transport is not None:
            if reset is None:
                self._transport.close()
                return
            opened = self._transport.get_extra_info("socket")
            if opened is not None:  # a reset: what is lost must not look like an end
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self._transport.abort()

    def _pass(self, count: int) -> None:
        assert self._stream is not None  # noqa: S101 - it is the caller
        if self._is_full:
            self._held += count
        else:
            self._stream.passed_on(count)


_GONE: Final = Reset(ResetReason.LOST, "the local connection was closed")
