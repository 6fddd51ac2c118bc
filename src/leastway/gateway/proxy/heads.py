"""Reading the heads of requests: what h11 would repair is refused before h11 sees it.

h11 accepts a bare line feed as the end of a line, joins folded lines and merges equal lengths. Another reader may not,
so that two readers see two requests: such heads are refused. Source: RFC 9112, sections 2.2, 5.2 and 6.3.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable

import h11

__all__ = ["BadRequestError", "ClosedError", "HeadReader", "TooSlowError"]

LARGEST_HEAD = 64 << 10
_PIECE = 64 << 10
_END = b"\r\n\r\n"
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)").search
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]").search
_FOLDED = re.compile(rb"\r\n[ \t]").search
_SPACED_NAME = re.compile(rb"\r\n[^:\r\n]*[ \t]:").search
_ONCE = (b"content-length", b"transfer-encoding", b"host", b"authorization", b"expect")


class BadRequestError(Exception):
    """The request is not HTTP/1.1 with one reading. The connection is closed after the answer."""

    def __init__(self, what: str, status: int = 400) -> None:
        super().__init__(what)
        self.what = what
        self.status = status


class ClosedError(Exception):
    """The other end closed the connection between two requests."""


class TooSlowError(Exception):
    """Nothing, or not enough, came in time."""


class HeadReader:
    """Reads requests of one connection with h11 as a server. `seconds` bounds a whole head, `idle` the wait for it."""

    def __init__(self, connection: socket.socket, *, seconds: float, idle: float) -> None:
        self.connection = connection
        self.h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        self._seconds, self._idle = seconds, idle
        self._left = b""

    def read(self) -> h11.Request:
        """Return the next request's head. Errors: ClosedError, TooSlowError, BadRequestError, OSError."""
        head, rest = self.read_raw()
        return self._parse(head + rest)

    def read_raw(self) -> tuple[bytes, bytes]:
        """Return the next request's head as it came, checked, and what came after it. Errors: as `read`."""
        buffer, self._left = self._left, b""
        deadline = time.monotonic() + (self._seconds if buffer else self._idle)
        while (end := buffer.find(_END)) < 0:
            if len(buffer) > LARGEST_HEAD:
                raise BadRequestError("the head of the request is larger than 64 KiB", 431)
            piece = self._receive(deadline)
            if not piece:
                if buffer:
                    raise BadRequestError("the head of the request is not complete")
                raise ClosedError
            if not buffer:
                deadline = time.monotonic() + self._seconds
            buffer += piece
        if end > LARGEST_HEAD:
            raise BadRequestError("the head of the request is larger than 64 KiB", 431)
        _check(buffer[:end])
        end += len(_END)
        return buffer[:end], buffer[end:]

    def _parse(self, buffer: bytes) -> h11.Request:
        try:
            self.h11.receive_data(buffer)
            event = self.h11.next_event()
        except h11.RemoteProtocolError as error:
            raise BadRequestError(f"the request is not valid HTTP/1.1: {error}", error.error_status_hint) from error
        if not isinstance(event, h11.Request):
            raise BadRequestError("the request is not valid HTTP/1.1")
        if event.http_version != b"1.1":
            raise BadRequestError("the request is not HTTP/1.1", 505)
        return event

    def body(self, *, before_read: Callable[[], None] = lambda: None) -> bytes:
        """Return the next piece of the body, empty at its end. `before_read` runs if more must be received first.

        Errors: TooSlowError, BadRequestError, OSError.
        """
        while True:
            try:
                event = self.h11.next_event()
            except h11.RemoteProtocolError as error:
                raise BadRequestError(f"the body is not valid HTTP/1.1: {error}") from error
            if event is h11.NEED_DATA:
                before_read()
                piece = self._receive(time.monotonic() + self._idle)
                self._feed(piece)
            elif isinstance(event, h11.Data):
                if event.data:
                    return bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                if list(event.headers):
                    raise BadRequestError("trailers after a chunked body are not accepted")
                return b""
            else:
                raise BadRequestError("the connection was closed within the body")

    def next(self) -> None:
        """Prepare for the next request. What has already arrived of it is checked like any other head."""
        self._left = bytes(self.h11.trailing_data[0])
        self.h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)

    def _feed(self, piece: bytes) -> None:
        try:
            self.h11.receive_data(piece)
        except h11.RemoteProtocolError as error:
            raise BadRequestError("the connection was closed within the body") from error

    def _receive(self, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TooSlowError
        self.connection.settimeout(left)
        try:
            return self.connection.recv(_PIECE)
        except TimeoutError:
            raise TooSlowError from None


def _check(head: bytes) -> None:
    """Refuse a head that has two readings. Errors: BadRequestError."""
    if _BARE(head) or _CONTROL(head):
        raise BadRequestError("the head has a bare line end or a control character")
    if _FOLDED(head):
        raise BadRequestError("the head has a folded line")
    if _SPACED_NAME(head):
        raise BadRequestError("a header's name ends with a space")
    names = [line.partition(b":")[0].strip().lower() for line in head.split(b"\r\n")[1:]]
    for name in _ONCE:
        if names.count(name) > 1:
            raise BadRequestError(f"the header {name.decode()} appears twice")
    if b"content-length" in names and b"transfer-encoding" in names:
        raise BadRequestError("the request has both Content-Length and Transfer-Encoding")
