"""One WebSocket connection over an asyncio transport, with the protocol of the library websockets, which does no I/O.

Messages are whole and bounded; nothing is compressed. A peer that does not close within five seconds is cut.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

from leastway.errors import LeastwayError
from leastway.tunnel.frames import LARGEST_FRAME, LARGEST_PIECE
from leastway.tunnel.handshake import HandshakeError
from leastway.tunnel.session import TunnelSession

if TYPE_CHECKING:
    from websockets.client import ClientProtocol
    from websockets.http11 import Request, Response
    from websockets.server import ServerProtocol

__all__ = ["LARGEST_MESSAGE", "OVER", "Link", "LinkLostError"]

LARGEST_MESSAGE: Final = LARGEST_FRAME
OVER: Final = 4000
"""The close code that ends a session. After any other one, or none, the agent may come back."""
Ended: TypeAlias = "Callable[[Link], None]"

_HIGH_WATER: Final = 8 * LARGEST_PIECE
_EARLY: Final = 4
"""Messages that wait for the session before the connection is read no further."""
_CLOSING: Final = 5.0


class LinkLostError(LeastwayError):
    """The connection ended."""


class Link(asyncio.Protocol):
    """A connection. All calls are made in its loop. After the handshake it carries a session (`carry`)."""

    def __init__(self, protocol: ServerProtocol | ClientProtocol) -> None:
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._session: TunnelSession | None = None
        self._early: deque[str | bytes] = deque()
        self._arrived = asyncio.Event()
        self._parts: list[bytes] = []
        self._is_text = False
        self._closing: asyncio.TimerHandle | None = None
        self.is_congested = False
        self.is_lost = False
        self.ended: asyncio.Event = asyncio.Event()
        """Set when the connection is gone."""

    # --- what a session needs --------------------------------------------------------------------------------------

    def carry(self, session: TunnelSession, *, is_resumed: bool) -> None:
        """Give every message to a session from now on, those that have arrived first."""
        self._session = session
        session.attach(self, is_resumed=is_resumed)
        while self._early:
            session.on_message(self._early.popleft())
        self._read_on()
        if self.is_lost:
            session.lost(self)

    def send(self, message: bytes) -> None:
        """Send a binary message; a connection that is closing drops it."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_binary(message)
            self._flush()

    def send_text(self, text: str) -> None:
        """Send a text message."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(text.encode())
            self._flush()

    def close(self, reason: str, *, is_error: bool = False) -> None:
        """Close in order, which ends the session at the peer too; cut it if the peer does not."""
        if self._protocol.state is State.OPEN:
            code = CloseCode.PROTOCOL_ERROR if is_error else OVER
            self._protocol.send_close(code, reason.encode()[:120].decode(errors="ignore"))
            self._flush()
        else:
            self.abort()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def receive_text(self) -> str:
        """Wait for a text message of the handshake. Errors: LinkLostError; HandshakeError for a binary one."""
        while not self._early:
            if self.is_lost:
                raise LinkLostError(f"the connection was closed{self.reason}")
            self._read_on()
            self._arrived.clear()
            await self._arrived.wait()
        message = self._early.popleft()
        if not isinstance(message, str):
            raise HandshakeError("a message of the handshake is binary")
        return message

    @property
    def reason(self) -> str:
        """Why the peer closed, after a colon, or nothing."""
        closed = self._protocol.close_rcvd
        return f": {closed.reason}" if closed is not None and closed.reason else ""

    # --- asyncio ---------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")  # noqa: S101 - uvloop's is not a subclass
        self._transport = transport  # type: ignore[assignment]
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        """Take bytes of the peer."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._on_frame(event)
            else:
                self.on_http(event)
        self._flush()

    def eof_received(self) -> bool:
        """Let the transport close."""
        self._protocol.receive_eof()
        self._flush()
        return False

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell the session and whoever waits."""
        self.is_lost = True
        if self._closing is not None:
            self._closing.cancel()
        self._arrived.set()
        self.ended.set()
        if self._session is not None:
            closed = self._protocol.close_rcvd
            is_final = closed is not None and closed.code in (OVER, CloseCode.PROTOCOL_ERROR)
            self._session.lost(self, is_final=is_final)

    def pause_writing(self) -> None:
        """Let streams wait."""
        self.is_congested = True

    def resume_writing(self) -> None:
        """Let streams go on."""
        self.is_congested = False
        if self._session is not None:
            self._session.pump()

    def on_http(self, event: Request | Response) -> None:
        """Take the HTTP request or response that begins the connection."""
        raise NotImplementedError

    def _on_frame(self, got: Frame) -> None:
        if got.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return  # websockets has answered it
        if got.opcode is not Opcode.CONT:
            self._is_text = got.opcode is Opcode.TEXT
        if not got.fin or self._parts:
            if got.data or not self._parts:  # empty frames have no end
                self._parts.append(bytes(got.data))
            if not got.fin:
                return
        whole = b"".join(self._parts) if self._parts else bytes(got.data)
        self._parts.clear()
        self._on_message(whole.decode(errors="replace") if self._is_text else whole)

    def _on_message(self, message: bytes | str) -> None:
        if self._session is not None:
            self._session.on_message(message)
            return
        self._early.append(message)
        self._arrived.set()
        if len(self._early) >= _EARLY and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def _read_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _flush(self) -> None:
        transport = self._transport
        if transport is None:
            return
        for data in self._protocol.data_to_send():
            if data:
                transport.write(data)
            else:
                transport.close()
        if self._closing is None and self._protocol.close_expected():
            self._closing = self._loop.call_later(_CLOSING, self.abort)
