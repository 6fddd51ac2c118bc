"""HTTP/1.1 messages without a socket: heads with one reading, bodies as they come in pieces, and what is written.

1. A head is lines that end in CR LF, and names without a space before the colon. Folded lines and control characters
   are refused: another reader may read them otherwise.
2. The length of a body has one source: Content-Length or chunks. A request has no trailers and no chunk extensions;
   those of an answer are dropped.
3. What is written was read before or is ours: names and values have no line ends.

Source: RFC 9112, sections 2.2, 3, 4, 5 and 6.3, 7.1.
"""

from __future__ import annotations

import enum
import http
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = [
    "AnswerHead",
    "Body",
    "FramingError",
    "Headers",
    "RequestHead",
    "chunk",
    "last_chunk",
    "written_answer",
    "written_head",
]

Headers = tuple[tuple[str, str], ...]
"""Names in lower case, and values without space at the ends; latin-1."""

_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_FIELDS: Final = rf"((?:\r\n{_NAME}:[\t\x20-\x7e\x80-\xff]*)*)"
_REQUEST: Final = re.compile(rf"({_NAME}) ([\x21-\x7e]+) HTTP/(1\.[01]){_FIELDS}").fullmatch
_ANSWER: Final = re.compile(rf"HTTP/(1\.[01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?{_FIELDS}").fullmatch
_TRAILER: Final = re.compile(
    rf"(?!(?i:content-length|transfer-encoding):){_NAME}:[\t\x20-\x7e\x80-\xff]*".encode("latin-1")
).fullmatch
_LENGTH: Final = re.compile(r"[0-9]{1,19}").fullmatch
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})").fullmatch
_SIZE_AND_MORE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[\t\x20-\x7e]*)?").fullmatch
_LONGEST_LINE: Final = 4 << 10
_LONGEST_TRAILERS: Final = 64 << 10


class FramingError(Exception):
    """The message is not HTTP/1.1 with one reading, or it was cut."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The head of a request."""

    method: str
    target: str
    version: str
    headers: Headers

    @classmethod
    def read(cls, head: bytes) -> RequestHead:
        """Read a head without its empty line. Errors: FramingError."""
        found = _REQUEST(head.decode("latin-1"))
        if found is None:
            raise FramingError("a line of the head is malformed")
        method, target, version, fields = found.groups()
        return cls(method, target, version, _headers(fields))

    def body(self) -> Body:
        """Return the body that follows. Errors: FramingError."""
        length, is_chunked = _lengths(self.headers)
        return Body(_Kind.CHUNKS if is_chunked else _Kind.LENGTH, length or 0, is_strict=True)

    @property
    def is_last(self) -> bool:
        """Whether the client sends no other request after this one."""
        return _closes(self.headers, self.version)


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """The head of an answer."""

    status: int
    reason: str
    version: str
    headers: Headers

    @classmethod
    def read(cls, head: bytes) -> AnswerHead:
        """Read a head without its empty line. Errors: FramingError."""
        found = _ANSWER(head.decode("latin-1"))
        if found is None:
            raise FramingError("a line of the head is malformed")
        version, status, reason, fields = found.groups()
        return cls(int(status), reason or "", version, _headers(fields))

    def body(self, method: str) -> Body:
        """Return the body that follows, of an answer to a request with `method`. Errors: FramingError."""
        if method == "HEAD" or self.status < 200 or self.status in (204, 304):
            return Body(_Kind.LENGTH, 0)
        length, is_chunked = _lengths(self.headers)
        if is_chunked:
            return Body(_Kind.CHUNKS, 0)
        return Body(_Kind.UNTIL_END, 0) if length is None else Body(_Kind.LENGTH, length)

    @property
    def is_last(self) -> bool:
        """Whether the server answers nothing more after this."""
        return _closes(self.headers, self.version)


class _Kind(enum.Enum):
    LENGTH = "length"
    CHUNKS = "chunks"
    UNTIL_END = "until-end"


class _At(enum.Enum):
    """What comes next in chunks."""

    SIZE = "size"
    DATA = "data"
    DATA_END = "data-end"
    TRAILER = "trailer"


class Body:
    """Takes the body of a message out of what is received. It keeps nothing but a line that is not complete."""

    def __init__(self, kind: _Kind, length: int, *, is_strict: bool = False) -> None:
        self._kind, self._left, self._is_strict = kind, length, is_strict
        self._at = _At.SIZE
        self._line = b""
        self._trailers = 0
        self.is_done = kind is _Kind.LENGTH and length == 0
        self.rest = b""
        """What was received after the end of the body."""

    @property
    def has_length(self) -> bool:
        """Whether the length is known from the head."""
        return self._kind is _Kind.LENGTH

    @property
    def is_until_end(self) -> bool:
        """Whether the body ends with its connection."""
        return self._kind is _Kind.UNTIL_END

    def feed(self, data: bytes) -> bytes:
        """Return what is of the body in `data`, which is not empty. Errors: FramingError."""
        if self.is_done:
            self.rest += data
            return b""
        if self._kind is _Kind.UNTIL_END:
            return data
        if self._kind is _Kind.CHUNKS:
            return self._of_chunks(self._line + data if self._line else data)
        piece = data if len(data) <= self._left else data[: self._left]
        self._left -= len(piece)
        if not self._left:
            self.is_done = True
            self.rest = data[len(piece) :]
        return piece

    def end(self) -> None:
        """The connection has ended. Errors: FramingError if that cuts the body."""
        if self._kind is _Kind.UNTIL_END:
            self.is_done = True
        if not self.is_done:
            raise FramingError("the connection was closed within the body")

    def _of_chunks(self, data: bytes) -> bytes:
        found: list[bytes] = []
        place = 0
        self._line = b""
        while not self.is_done and place < len(data):
            if self._at is _At.DATA:
                piece = data[place : place + self._left]
                found.append(piece)
                place += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._at = _At.DATA_END
                continue
            end = data.find(b"\r\n", place)
            if (len(data) if end < 0 else end) - place > _LONGEST_LINE:
                raise FramingError("a line between chunks is too long")
            if end < 0:
                self._line = data[place:]
                break
            self._take_line(data[place:end])
            place = end + 2
        if self.is_done:
            self.rest = data[place:]
        return b"".join(found)

    def _take_line(self, line: bytes) -> None:
        if self._at is _At.DATA_END:
            if line:
                raise FramingError("a chunk is longer than its size")
            self._at = _At.SIZE
        elif self._at is _At.SIZE:
            size = (_SIZE if self._is_strict else _SIZE_AND_MORE)(line)
            if size is None:
                raise FramingError("the size of a chunk is not one")
            self._left = int(size[1], 16)
            self._at = _At.DATA if self._left else _At.TRAILER
        elif not line:
            self.is_done = True
        else:
            self._trailers += len(line)
            if self._is_strict or self._trailers > _LONGEST_TRAILERS or not _TRAILER(line):
                raise FramingError("trailers after a chunked body are not accepted")


def written_head(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return a head with its first line and the empty one behind it."""
    return "\r\n".join((first, *[f"{name}: {value}" for name, value in headers], "", "")).encode("latin-1")


def written_answer(status: int, headers: Iterable[tuple[str, str]], body: bytes, *, goes_on: bool) -> bytes:
    """Return an answer of our own, whose headers say nothing of its length."""
    last = () if goes_on else (("Connection", "close"),)
    # botocore takes an answer without a reason, where it expects 100 Continue, for no answer.
    first = f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}"
    return written_head(first, (*headers, ("Content-Length", str(len(body))), *last)) + body


def chunk(piece: bytes) -> bytes:
    """Return a piece, which is not empty, as a chunk."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


last_chunk: Final = b"0\r\n\r\n"


def _headers(fields: str) -> Headers:
    lines = fields.split("\r\n")[1:]
    parts = [line.partition(":") for line in lines]
    return tuple([(name.lower(), value.strip(" \t")) for name, _, value in parts])


def _lengths(headers: Headers) -> tuple[int | None, bool]:
    """Return the length that the head gives, and whether chunks come. Errors: FramingError unless it is one of both."""
    length: int | None = None
    is_chunked = False
    for name, value in headers:
        if name == "content-length":
            if length is not None or not _LENGTH(value):
                raise FramingError("Content-Length is not a number, or appears twice")
            length = int(value)
        elif name == "transfer-encoding":
            if is_chunked or value.lower() != "chunked":
                raise FramingError("Transfer-Encoding is not chunked")
            is_chunked = True
    if is_chunked and length is not None:
        raise FramingError("the message has both Content-Length and Transfer-Encoding")
    return length, is_chunked


def _closes(headers: Headers, version: str) -> bool:
    if version == "1.0":
        return True
    for name, value in headers:
        if name == "connection" and "close" in [each.strip().lower() for each in value.split(",")]:
            return True
    return False
