"""One request to AWS and its answer, streamed: a piece of at most 64 KiB at a time, in both directions.

- `Expect: 100-continue` is AWS's to answer: the body is asked for when AWS says so, or says nothing for a second.
- An answer that comes before the end of the body ends the upload: it is passed on, and the connections are closed.
- An upstream that dies within its answer ends the client's connection too, so that a cut body is never taken as whole.
- A connection that breaks before the answer is an error that SDKs try again; nothing is sent twice from here.
- The connection to AWS is opened while the request's audit entry becomes durable. It carries nothing before. A kept one
  that AWS ends meanwhile is replaced.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from leastway.gateway.judging import Refused
from leastway.gateway.proxy.framing import AnswerHead, Body, FramingError, Headers, chunk, last_chunk, written_head
from leastway.gateway.proxy.heads import HeadReader
from leastway.gateway.proxy.upstream import Upstream, UpstreamError, Upstreams
from leastway.gateway.switch import RunSwitch

__all__ = ["CONTINUE", "Answered", "Outgoing", "exchange"]

_PIECE = 64 << 10
_CUT = "UNEXPECTED_EOF_WHILE_READING"
_CONTINUE_SECONDS = 1.0
_ANSWER_SECONDS = 300.0
"""The longest silence of AWS: some calls take minutes."""
_LONG_COMMIT = 0.1
"""Seconds of a wait for the entry after which AWS may well have ended a kept connection."""
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_END = b"\r\n\r\n"
_LARGEST_HEAD = 256 << 10
"""Bytes of the head of an answer: AWS sends user metadata in headers."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PEEKED = 4 << 10
_ERROR_CODE = re.compile(rb'<Code>([\w.:-]{1,100})</Code>|"(?:__type|code|Code)"\s*:\s*"(?:[^"#]*#)?([\w.:-]{1,100})"')
_REQUEST_ID = re.compile(rb"<Request(?:Id|ID)>([\w.:/+=-]{1,200})</Request(?:Id|ID)>")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent: rebuilt and signed. `body` is None if the client's is streamed; `length` None is chunked."""

    method: str
    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What AWS answered, as far as it is recorded, and whether the client's connection can go on."""

    status: int
    code: str
    request_id: str
    goes_on: bool


class _Stream:
    """One request on one upstream connection, and its answer."""

    def __init__(self, upstream: Upstream, method: str) -> None:
        self.connection = upstream.connection
        self.connection.settimeout(_ANSWER_SECONDS)
        self._method = method
        self._received = b""
        self._body: Body | None = None
        self._is_last = False

    def send(self, data: bytes) -> None:
        """Send a part of the request."""
        self.connection.sendall(data)

    @property
    def is_reusable(self) -> bool:
        """Whether the answer ended in order, and the server answers another request."""
        body = self._body
        is_over = body is not None and body.is_done and not body.rest and not body.is_until_end
        return is_over and not self._is_last and not self._received

    @property
    def body(self) -> Body:
        """The body of the answer, whose head was read."""
        assert self._body is not None  # noqa: S101  # `head` is called before
        return self._body

    def head(self) -> AnswerHead:
        """Return the next head, which may be an interim one. Errors: OSError, TimeoutError, FramingError."""
        while (found := self._next_head()) is None:
            self._take(self._read())
        return found

    def piece(self) -> bytes:
        """Return the next piece of the answer's body, empty at its end. Errors: OSError, TimeoutError, FramingError."""
        body = self.body
        while not body.is_done:
            data, self._received = self._received, b""
            if not data:
                data = self._read()
            if not data:
                body.end()
            elif piece := body.feed(data):
                return piece
        return b""

    def _read(self) -> bytes:
        """Return what has come next, empty once the connection has ended in order. Errors: OSError, TimeoutError."""
        try:
            return self.connection.recv(_PIECE)
        except ssl.SSLError as error:
            if error.reason == _CUT:  # Python until 3.11.3 has no class for it here
                raise ssl.SSLEOFError(*error.args) from error
            raise

    def early(self) -> AnswerHead | None:
        """Return an answer that has come already. What is readable may also be TLS's own, so this never waits."""
        has_more = isinstance(self.connection, ssl.SSLSocket) and self.connection.pending() > 0
        if not has_more and not select.select([self.connection], [], [], 0)[0]:
            return None
        with self.within(0), contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            self._take(self._read())
        found = self._next_head()
        return found if found is not None and found.status >= 200 else None

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Wait no longer for what is read in the block."""
        self.connection.settimeout(seconds)
        try:
            yield
        finally:
            self.connection.settimeout(_ANSWER_SECONDS)

    def _take(self, data: bytes) -> None:
        if not data:
            raise FramingError("the connection was closed before the answer")
        self._received += data

    def _next_head(self) -> AnswerHead | None:
        end = self._received.find(_END)
        if end < 0:
            if len(self._received) > _LARGEST_HEAD:
                raise FramingError("the head of the answer is too large")
            return None
        head = AnswerHead.read(self._received[:end])
        self._received = self._received[end + len(_END) :]
        if head.status == 101:
            raise FramingError("the server changes the protocol")
        if head.status >= 200:
            self._body, self._is_last = head.body(self._method), head.is_last
        return head


def exchange(
    client: HeadReader,
    outgoing: Outgoing,
    upstreams: Upstreams,
    switch: RunSwitch,
    *,
    withheld: Callable[[], Refused | None],
    expects: bool,
) -> Answered | Refused:
    """Send a request to AWS, unless it is `withheld`, and its answer to the client.

    Errors: UpstreamError if no answer came and the client has got nothing; OSError, FramingError if a connection
    broke within the answer; KilledError, AsleepError; the errors of `HeadReader.body`.
    """
    began, written = time.monotonic(), _written(outgoing, expects=expects)
    client.connection.settimeout(_ANSWER_SECONDS)
    try:
        upstream = upstreams.take(outgoing.host)
    except UpstreamError:
        if (refused := withheld()) is not None:
            return refused
        raise
    stream = _Stream(upstream, outgoing.method)
    if (refused := withheld()) is not None:
        upstreams.give_back(upstream)
        return refused
    if time.monotonic() - began > _LONG_COMMIT and upstream.is_ended:
        upstream.close()
        upstream = upstreams.open(outgoing.host)
        stream = _Stream(upstream, outgoing.method)
    try:
        with switch.in_flight(client.connection, upstream.connection):
            head, is_whole = _request(client, outgoing, written, stream, expects=expects)
            answered = _answer(client, stream, head, outgoing.method)
    except BaseException:
        upstream.close()
        raise
    if stream.is_reusable and is_whole:
        upstreams.give_back(upstream)
    else:
        upstream.close()
    return replace(answered, goes_on=answered.goes_on and is_whole)


def _request(
    client: HeadReader, outgoing: Outgoing, written: bytes, stream: _Stream, *, expects: bool
) -> tuple[AnswerHead, bool]:
    """Send the request, whose head is `written`; return the head of the answer, and whether the whole body was sent."""
    try:
        is_chunked = any(name == "transfer-encoding" for name, _ in outgoing.headers)
        if outgoing.body is not None:
            body = outgoing.body
            stream.send(written + ((chunk(body) if body else b"") + last_chunk if is_chunked else body))
            return _final(stream), True
        stream.send(written)
        if expects:
            early = _await_continue(stream)
            if early is not None:
                return early, False
            client.connection.sendall(CONTINUE)
        while piece := client.body():
            if (early := stream.early()) is not None:
                return early, False
            try:
                stream.send(chunk(piece) if is_chunked else piece)
            except OSError:
                return _final(stream), False  # AWS may have said why before it closed
        if is_chunked:
            stream.send(last_chunk)
        return _final(stream), True
    except (FramingError, ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise UpstreamError(f"{outgoing.host} closed the connection without an answer") from error


def _written(outgoing: Outgoing, *, expects: bool) -> bytes:
    """Return the head of a request as it is sent."""
    headers = outgoing.headers
    if expects and outgoing.body is None:
        headers = (*headers, ("expect", "100-continue"))
    return written_head(f"{outgoing.method} {outgoing.target} HTTP/1.1", headers)


def _await_continue(stream: _Stream) -> AnswerHead | None:
    """Wait until AWS wants the body; return its answer if it does not."""
    deadline = time.monotonic() + _CONTINUE_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            with stream.within(left):
                head = stream.head()
        except TimeoutError:
            return None
        if head.status >= 200:
            return head
        if head.status == 100:
            return None
    return None


def _final(stream: _Stream) -> AnswerHead:
    """Return the head of the answer behind interim ones."""
    while (head := stream.head()).status < 200:
        pass
    return head


def _answer(client: HeadReader, stream: _Stream, head: AnswerHead, method: str) -> Answered:
    """Pass the answer on, piece by piece."""
    headers = [each for each in head.headers if each[0] not in _HOP_BY_HOP]
    goes_on = client.goes_on
    if not goes_on:
        headers.append(("Connection", "close"))
    is_chunked = not stream.body.has_length
    if is_chunked:
        headers.append(("Transfer-Encoding", "chunked"))
    out = client.connection
    if out.gettimeout() != _ANSWER_SECONDS:  # a body was read from it
        out.settimeout(_ANSWER_SECONDS)
    pending = written_head(f"HTTP/1.1 {head.status} {head.reason}", headers)
    start = b""
    while piece := stream.piece():
        if head.status >= 400 and len(start) < _PEEKED:
            start += piece[: _PEEKED - len(start)]
        out.sendall(pending + (chunk(piece) if is_chunked else piece))
        pending = b""
    if is_chunked:
        pending += last_chunk
    if pending:
        out.sendall(pending)
    return Answered(head.status, _code(head.headers, start), _request_id(head.headers, start), goes_on)


def _code(headers: Headers, start: bytes) -> str:
    named = next((value for name, value in headers if name == "x-amzn-errortype"), None)
    if named is not None:
        return _ascii(named.partition(":")[0].rpartition("#")[2])[:100]
    found = _ERROR_CODE.search(start)
    return (found[1] or found[2]).decode() if found else ""


def _request_id(headers: Headers, start: bytes) -> str:
    for name, value in headers:
        if name in ("x-amzn-requestid", "x-amz-request-id"):
            return _ascii(value)[:200]
    found = _REQUEST_ID.search(start)
    return found[1].decode() if found else ""


def _ascii(text: str) -> str:
    return text.encode("latin-1").decode("ascii", "replace")


def shut(connection: socket.socket) -> None:
    """Close a connection at once, whatever state it is in."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    connection.close()
