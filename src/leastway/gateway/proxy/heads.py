"""Reading the requests of one connection: each with one reading, or refused with words that say what is wrong.

A bare line feed as the end of a line, a folded line, or a length that appears twice is read by some and refused by
others, so that two readers see two requests. Source: RFC 9112, sections 2.2, 5.2 and 6.3.
"""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Iterable

from leastway.gateway.proxy.framing import Body, FramingError, RequestHead

__all__ = ["BadRequestError", "ClosedError", "HeadReader", "TooSlowError", "check"]

LARGEST_HEAD = 64 << 10
_PIECE = 64 << 10
_END = b"\r\n\r\n"
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)").search
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]").search
_FOLDED = re.compile(rb"\r\n[ \t]").search
_SPACED_NAME = re.compile(rb"\r\n[^:\r\n]*[ \t]:").search
_ONCE = frozenset({"content-length", "transfer-encoding", "host", "authorization", "expect"})


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
    """Reads requests of one connection. `seconds` bounds a whole head, `idle` the wait for it."""

    def __init__(self, connection: socket.socket, *, seconds: float, idle: float) -> None:
        self.connection = connection
        self._seconds, self._idle = seconds, idle
        self._left = b""
        self._body: Body | None = None
        self._is_last = False

    @property
    def is_within_body(self) -> bool:
        """Whether a part of the body is still to come."""
        return self._body is not None and not self._body.is_done

    @property
    def goes_on(self) -> bool:
        """Whether another request may follow: this one was read to its end, and the client did not call it the last."""
        return self._body is not None and self._body.is_done and not self._is_last

    def read(self) -> RequestHead:
        """Return the next request's head. Errors: ClosedError, TooSlowError, BadRequestError, OSError."""
        self._body = None
        raw, rest = self.read_raw()
        try:
            head = RequestHead.read(raw.removesuffix(_END))
            body = head.body()
        except FramingError as error:
            check(raw.removesuffix(_END))  # says more
            raise BadRequestError(f"the request is not valid HTTP/1.1: {error}") from error
        names = [name for name, _ in head.headers]
        if len(set(names)) != len(names):
            _check_once(names)
        if head.version != "1.1":
            raise BadRequestError("the request is not HTTP/1.1", 505)
        if "host" not in names:
            raise BadRequestError("the request has no Host header")
        self._body, self._is_last, self._left = body, head.is_last, rest
        return head

    def read_raw(self) -> tuple[bytes, bytes]:
        """Return the next request's head as it came, and what came after it. Errors: as `read`."""
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
        end += len(_END)
        return buffer[:end], buffer[end:]

    def body(self) -> bytes:
        """Return the next piece of the body, empty at its end. Errors: TooSlowError, BadRequestError, OSError."""
        body = self._body
        if body is None:
            raise BadRequestError("no request was read")
        try:
            while not body.is_done:
                data, self._left = self._left, b""
                data = data or self._receive(time.monotonic() + self._idle)
                if not data:
                    body.end()
                elif piece := body.feed(data):
                    return piece
        except FramingError as error:
            raise BadRequestError(f"the body is not valid HTTP/1.1: {error}") from error
        return b""

    def next(self) -> None:
        """Prepare for the next request. What has already arrived of it is read like any other."""
        if self._body is not None and self._body.rest:
            self._left = self._body.rest

    def _receive(self, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TooSlowError
        self.connection.settimeout(left)
        try:
            return self.connection.recv(_PIECE)
        except TimeoutError:
            raise TooSlowError from None


def check(head: bytes) -> None:
    """Refuse a head that has two readings. Errors: BadRequestError."""
    if _BARE(head) or _CONTROL(head):
        raise BadRequestError("the head has a bare line end or a control character")
    if _FOLDED(head):
        raise BadRequestError("the head has a folded line")
    if _SPACED_NAME(head):
        raise BadRequestError("a header's name ends with a space")
    _check_once(line.partition(b":")[0].strip().lower().decode("latin-1") for line in head.split(b"\r\n")[1:])


def _check_once(names: Iterable[str]) -> None:
    counts = Counter(name for name in names if name in _ONCE)
    for name, count in counts.items():
        if count > 1:
            raise BadRequestError(f"the header {name} appears twice")
    if "content-length" in counts and "transfer-encoding" in counts:
        raise BadRequestError("the request has both Content-Length and Transfer-Encoding")
