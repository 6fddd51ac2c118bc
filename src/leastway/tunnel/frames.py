"""Frames of the tunnel, version 1: what one binary WebSocket message holds. Pure.

A frame is its kind (1 byte), the number of its stream (4 bytes, 0 for the session itself), and a body. Numbers are
unsigned and big-endian. `docs/tunnel.md` describes each kind; `FrameError` is what a peer is cut off for.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from leastway.errors import LeastwayError

__all__ = [
    "HEADER_SIZE",
    "LARGEST_FRAME",
    "LARGEST_PIECE",
    "LONGEST_REASON",
    "MOST_STREAMS",
    "Credit",
    "Frame",
    "FrameError",
    "FrameKind",
    "Reset",
    "ResetReason",
    "StreamState",
    "credit_frame",
    "frame",
    "read_credit",
    "read_frame",
    "read_reset",
    "read_states",
    "read_target",
    "reset_frame",
    "states_frame",
]

HEADER_SIZE: Final = 5
LARGEST_PIECE: Final = 64 * 1024
"""Bytes of data in one frame."""
MOST_STREAMS: Final = 4096
"""Streams of one session at the same time."""
LONGEST_REASON: Final = 512
"""Bytes of the text of a RESET or GOAWAY."""
LARGEST_FRAME: Final = 128 * 1024
"""Bytes of one message: a SYNC of all streams fits."""

_HEADER = struct.Struct(">BI")
_CREDIT = struct.Struct(">QQ")
_STATE = struct.Struct(">IBQQQ")
_LONGEST_TARGET = 300
_OPENED = 1


class FrameError(LeastwayError):
    """A message that breaks the protocol."""


class FrameKind(enum.IntEnum):
    """What a frame is."""

    OPEN = 1
    """Server to agent: connect this stream to a target."""
    OPENED = 2
    """Agent to server: the target is connected."""
    DATA = 3
    CREDIT = 4
    """How much was passed on, and up to where the peer may send."""
    EOF = 5
    """No more data in this direction."""
    RESET = 6
    """The stream is over, in both directions."""
    PING = 7
    PONG = 8
    SYNC = 9
    """After a reconnection: the streams that are still open, and how far each is."""
    GOAWAY = 10
    """No new streams: those that are open go on."""


class ResetReason(enum.IntEnum):
    """Why a stream is over."""

    LOST = 1
    """The connection behind it was lost, or the peer does not know the stream."""
    REFUSED = 2
    """The target is not on the agent's list."""
    UNREACHABLE = 3
    """The target does not accept a connection."""
    TOO_MANY = 4
    """The peer has as many streams as it takes."""
    STOPPED = 5
    """A kill switch, a revoked key, or the end of the deployment."""
    DRAINING = 6
    """The peer is ending."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `stream` is 0 for what concerns the session."""

    kind: FrameKind
    stream: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Credit:
    """`passed` bytes of the stream were passed on; up to byte `limit` may be sent. The end counts as one byte."""

    passed: int
    limit: int


@dataclass(frozen=True, slots=True)
class Reset:
    """Why a stream ended, and in words."""

    reason: ResetReason
    text: str


@dataclass(frozen=True, slots=True)
class StreamState:
    """One stream in a SYNC: what its sender has received and passed on, and up to where it takes data."""

    stream: int
    is_opened: bool
    received: int
    passed: int
    limit: int


_OF_SESSION = frozenset({FrameKind.PING, FrameKind.PONG, FrameKind.SYNC, FrameKind.GOAWAY})


def frame(kind: FrameKind, stream: int = 0, body: bytes = b"") -> bytes:
    """Return the message of a frame."""
    return _HEADER.pack(kind, stream) + body


def read_frame(message: bytes) -> Frame:
    """Return the frame that a message is. Errors: FrameError."""
    if not HEADER_SIZE <= len(message) <= LARGEST_FRAME:
        raise FrameError(f"a frame has {len(message):,} bytes")
    number, stream = _HEADER.unpack_from(message)
    try:
        kind = FrameKind(number)
    except ValueError:
        raise FrameError(f"there is no frame of kind {number}") from None
    if (kind in _OF_SESSION) != (stream == 0):
        raise FrameError(f"a {kind.name} frame has the stream {stream}")
    body = message[HEADER_SIZE:]
    if kind is FrameKind.DATA and not 0 < len(body) <= LARGEST_PIECE:
        raise FrameError(f"a DATA frame has {len(body):,} bytes of data")
    if kind in (FrameKind.OPENED, FrameKind.EOF) and body:
        raise FrameError(f"a {kind.name} frame has a body")
    if kind in (FrameKind.PING, FrameKind.PONG) and len(body) != 8:
        raise FrameError(f"a {kind.name} frame has {len(body)} bytes instead of 8")
    return Frame(kind, stream, body)


def credit_frame(stream: int, passed: int, limit: int) -> bytes:
    """Return a CREDIT frame."""
    return frame(FrameKind.CREDIT, stream, _CREDIT.pack(passed, limit))


def read_credit(body: bytes) -> Credit:
    """Return the numbers of a CREDIT frame. Errors: FrameError."""
    if len(body) != _CREDIT.size:
        raise FrameError("a CREDIT frame has the wrong length")
    return Credit(*_CREDIT.unpack(body))


def reset_frame(stream: int, reset: Reset) -> bytes:
    """Return a RESET frame; a long text is cut."""
    return frame(FrameKind.RESET, stream, bytes([reset.reason]) + reset.text.encode()[:LONGEST_REASON])


def read_reset(body: bytes) -> Reset:
    """Return the reason of a RESET frame. A reason that this version does not know counts as lost. Errors: FrameError.

    The text is the peer's: it is shown to people only in escaped form.
    """
    if not 0 < len(body) <= LONGEST_REASON + 1:
        raise FrameError("a RESET frame has the wrong length")
    known = body[0] in set(ResetReason)
    return Reset(ResetReason(body[0]) if known else ResetReason.LOST, body[1:].decode(errors="replace"))


def read_target(body: bytes) -> tuple[str, int]:
    """Return the host, in lower case, and the port of an OPEN frame. Errors: FrameError."""
    try:
        text = body[: _LONGEST_TARGET + 1].decode("ascii")
    except UnicodeDecodeError:
        text = ""
    host, _, port = text.rpartition(":")
    if len(text) > _LONGEST_TARGET or not host or not host.isprintable() or " " in host:
        raise FrameError("an OPEN frame has no valid target")
    if not port.isdecimal() or len(port) > 5 or not 0 < int(port) <= 65_535:
        raise FrameError("an OPEN frame has no valid port")
    return host.strip("[]").lower(), int(port)


def states_frame(states: Iterable[StreamState]) -> bytes:
    """Return a SYNC frame."""
    packed = (
        _STATE.pack(one.stream, _OPENED if one.is_opened else 0, one.received, one.passed, one.limit) for one in states
    )
    return frame(FrameKind.SYNC, 0, b"".join(packed))


def read_states(body: bytes) -> dict[int, StreamState]:
    """Return the streams of a SYNC frame, by number. Errors: FrameError."""
    if len(body) % _STATE.size or len(body) > MOST_STREAMS * _STATE.size:
        raise FrameError("a SYNC frame has the wrong length")
    found: dict[int, StreamState] = {}
    for stream, flags, received, passed, limit in _STATE.iter_unpack(body):
        if stream == 0 or stream in found or flags > _OPENED or passed > received:
            raise FrameError("a SYNC frame has a stream that cannot be")
        found[stream] = StreamState(stream, flags == _OPENED, received, passed, limit)
    return found
