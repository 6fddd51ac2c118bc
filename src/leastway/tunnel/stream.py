"""One stream of a session: its data in both directions, its credit, and what must be sent again after a reconnection.

- Bytes are counted from the beginning of the stream in each direction; the end counts as one byte.
- Whoever receives gives credit: `limit` is the byte up to which the peer may send. A reader that keeps up gets a larger
  window, as long as the session's budget lasts; one that does not stays at the small one.
- What was sent is kept until the peer has passed it on, so that a reconnection loses nothing. That is never more than
  the peer's window.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from leastway.tunnel.frames import (
    HEADER_SIZE,
    LARGEST_PIECE,
    Credit,
    FrameError,
    FrameKind,
    Reset,
    ResetReason,
    StreamState,
    credit_frame,
    frame,
    reset_frame,
)

if TYPE_CHECKING:
    from leastway.tunnel.session import TunnelSession

__all__ = ["LARGEST_WINDOW", "SMALLEST_WINDOW", "Sink", "TunnelStream"]

SMALLEST_WINDOW: Final = 64 * 1024
LARGEST_WINDOW: Final = 4 * 1024 * 1024
"""Bytes that a peer may send before they are passed on."""


class Sink(Protocol):
    """The local end of a stream. Nothing here waits."""

    def opened(self) -> None:
        """The far end is connected."""
        ...

    def data(self, data: bytes) -> None:
        """Pass data on; `Stream.passed_on` says when that is done."""
        ...

    def end(self) -> None:
        """Pass the end on; `Stream.passed_on(1)` says when that is done."""
        ...

    def pause(self) -> None:
        """Write no more until `resume`."""
        ...

    def resume(self) -> None:
        """Write again."""
        ...

    def closed(self, reset: Reset | None) -> None:
        """The stream is over: in order (None), or reset. Called once; nothing follows."""
        ...


class TunnelStream:
    """One stream. All calls are made in the loop of its session."""

    __slots__ = (
        "_acknowledged",
        "_end_sent",
        "_end_wanted",
        "_granted",
        "_is_paused",
        "_limit",
        "_passed",
        "_peer_ended",
        "_pending",
        "_received",
        "_sent",
        "_session",
        "_unacknowledged",
        "_window",
        "is_opened",
        "is_over",
        "number",
        "sink",
        "target",
    )

    def __init__(self, session: TunnelSession, number: int, target: str, sink: Sink) -> None:
        self.number = number
        self.target = target
        self.sink = sink
        self.is_opened = self.is_over = False
        self._session = session
        self._pending: deque[bytes] = deque()
        self._unacknowledged: deque[bytes] = deque()
        self._sent = self._acknowledged = 0
        self._limit = SMALLEST_WINDOW
        self._end_wanted = self._end_sent = self._peer_ended = self._is_paused = False
        self._received = self._passed = 0
        self._window = self._granted = SMALLEST_WINDOW

    # --- sending ---------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send data when there is credit. The sink is paused while it has to wait."""
        if self.is_over:
            return
        self._pending.append(data)
        self._session.wants_to_send(self)
        if self._pending and not self._is_paused:
            self._is_paused = True
            self.sink.pause()

    def end(self) -> None:
        """Send no more after what was written."""
        if not self._end_wanted:
            self._end_wanted = True
            self._session.wants_to_send(self)

    def reset(self, reset: Reset) -> None:
        """End the stream at once, here and at the peer, unless it is over."""
        if self._session.forget(self):
            self._session.send(reset_frame(self.number, reset))
            self.close(reset)

    @property
    def can_send(self) -> bool:
        """Whether there is something to send that the credit allows."""
        if self._pending:
            return self._sent < self._limit
        return self._end_wanted and not self._end_sent

    def send_piece(self) -> bytes:
        """Return the next frame to send; `can_send` is true."""
        if not self._pending:
            self._end_sent = True
            self._sent += 1
            return frame(FrameKind.EOF, self.number)
        piece = self._pending.popleft()
        most = min(LARGEST_PIECE, self._limit - self._sent)
        if len(piece) > most:
            self._pending.appendleft(piece[most:])
            piece = piece[:most]
        self._sent += len(piece)
        message = frame(FrameKind.DATA, self.number, piece)
        self._unacknowledged.append(message)
        if not self._pending and self._is_paused:
            self._is_paused = False
            self.sink.resume()
        return message

    def on_credit(self, credit: Credit) -> None:
        """Take what the peer passed on and allows. Errors: FrameError for numbers that cannot be, or too early."""
        if not self.is_opened:
            raise FrameError(f"stream {self.number} has credit before it is opened")
        if not self._acknowledged <= credit.passed <= self._sent or not self._is_limit(credit.limit, credit.passed):
            raise FrameError("a CREDIT frame goes back, or too far")
        self._limit = credit.limit
        self._acknowledge(credit.passed)
        if not self._finish_if_done() and self.can_send:
            self._session.wants_to_send(self)

    def _is_limit(self, limit: int, passed: int) -> bool:
        return self._limit <= limit <= passed + LARGEST_WINDOW

    def _acknowledge(self, passed: int) -> None:
        ahead = passed - self._acknowledged
        while ahead and self._unacknowledged:
            size = len(self._unacknowledged[0]) - HEADER_SIZE
            if size > ahead:
                rest = self._unacknowledged[0][HEADER_SIZE + ahead :]
                self._unacknowledged[0] = frame(FrameKind.DATA, self.number, rest)
                break
            ahead -= size
            self._unacknowledged.popleft()
        self._acknowledged = passed

    # --- receiving -------------------------------------------------------------------------------------------------

    def on_data(self, data: bytes) -> None:
        """Pass data on. Errors: FrameError for more than the credit, before the stream is opened, or after its end."""
        self._received += len(data)
        if self._received > self._granted:
            raise FrameError(f"stream {self.number} has more data than its credit")
        if self._peer_ended or not self.is_opened:
            raise FrameError(f"stream {self.number} has data before it is opened, or after its end")
        self.sink.data(data)

    def on_end(self) -> None:
        """Pass the end on. Errors: FrameError for a second one."""
        if self._peer_ended or not self.is_opened:
            raise FrameError(f"stream {self.number} ends before it is opened, or twice")
        self._peer_ended = True
        self._received += 1
        self.sink.end()

    def passed_on(self, count: int) -> None:
        """Count bytes that the sink has passed on, and give credit for them."""
        self._passed += count
        ends = self._peer_ended and self._passed == self._received
        if ends or self._granted - self._passed <= self._window // 2:
            if not ends:
                self._widen()
                self._granted = self._passed + self._window
            self._session.send(credit_frame(self.number, self._passed, self._granted))
        self._finish_if_done()

    def _widen(self) -> None:
        """Double the window of a reader that has passed everything on."""
        if self._passed == self._received and self._window < LARGEST_WINDOW and self._session.borrow(self._window):
            self._window *= 2

    @property
    def borrowed(self) -> int:
        """Bytes of the session's budget that this stream's window uses."""
        return self._window - SMALLEST_WINDOW

    # --- the session -----------------------------------------------------------------------------------------------

    def on_opened(self) -> None:
        """Note that the far end is connected. Errors: FrameError for a second time."""
        if self.is_opened:
            raise FrameError(f"stream {self.number} is opened twice")
        self.is_opened = True
        self.sink.opened()

    def confirm(self) -> None:
        """Tell the server that the target is connected: the agent's half."""
        if not self.is_over:
            self.is_opened = True
            self._session.send(frame(FrameKind.OPENED, self.number))

    @property
    def state(self) -> StreamState:
        """What a SYNC says about this stream."""
        return StreamState(self.number, self.is_opened, self._received, self._passed, self._granted)

    def synchronize(self, theirs: StreamState | None) -> None:
        """Go on after a reconnection, from what the peer has. Errors: FrameError for numbers that cannot be."""
        if theirs is None:
            self._session.forget(self)
            is_done = self._end_sent and self._peer_ended
            self.close(None if is_done else Reset(ResetReason.LOST, "the peer does not know the stream any more"))
            return
        is_count = self._acknowledged <= theirs.passed <= theirs.received <= self._sent
        if not is_count or not self._is_limit(theirs.limit, theirs.passed):
            raise FrameError("a SYNC frame goes back, or too far")
        self._limit = theirs.limit
        self._acknowledge(theirs.passed)
        self._rewind(theirs.received)
        if theirs.is_opened and not self.is_opened:
            self.on_opened()
        if not self._finish_if_done() and self.can_send:
            self._session.wants_to_send(self)

    def _rewind(self, received: int) -> None:
        """Put what the peer did not receive before what was not sent yet."""
        if self._end_sent and received < self._sent:
            self._end_sent = False
            self._sent -= 1
        while self._sent > received:
            message = self._unacknowledged.pop()
            size = len(message) - HEADER_SIZE
            missing = min(size, self._sent - received)
            self._pending.appendleft(message[len(message) - missing :])
            if missing < size:
                self._unacknowledged.append(message[: len(message) - missing])
            self._sent -= missing

    def close(self, reset: Reset | None) -> None:
        """Drop what is kept, and tell the sink. The session has forgotten the stream."""
        self.is_over = True
        self._pending.clear()
        self._unacknowledged.clear()
        self.sink.closed(reset)

    def _finish_if_done(self) -> bool:
        has_all = self._peer_ended and self._passed == self._received
        if has_all and self._end_sent and self._acknowledged == self._sent and self._session.forget(self):
            self.close(None)
            return True
        return False
