"""One request to AWS and its answer, streamed: a piece of at most 64 KiB at a time, in both directions.

- `Expect: 100-continue` is AWS's to answer: the body is asked for when AWS says so, or says nothing for a second.
- An answer that comes before the end of the body ends the upload: it is passed on, and the connections are closed.
- An upstream that dies within its answer ends the client's connection too, so that a cut body is never taken as whole.
- A connection that breaks before the answer is an error that SDKs try again; nothing is sent twice from here.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import h11

from leastway.gateway.proxy.heads import HeadReader
from leastway.gateway.proxy.upstream import Upstream, UpstreamError, Upstreams
from leastway.gateway.switch import RunSwitch

__all__ = ["Answered", "Outgoing", "exchange"]

_PIECE = 64 << 10
_CONTINUE_SECONDS = 1.0
_ANSWER_SECONDS = 300.0
"""The longest silence of AWS: some calls take minutes."""
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer", b"upgrade"}
)
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
    """One request on one upstream connection."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.connection = upstream.connection
        self.h11 = upstream.new_exchange()

    def send(self, event: h11.Event) -> None:
        data = self.h11.send(event)
        if data:
            self.connection.settimeout(_ANSWER_SECONDS)
            self.connection.sendall(data)

    def receive(self, seconds: float) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return the next event of the answer. Errors: OSError, TimeoutError, h11.RemoteProtocolError."""
        while (event := self.h11.next_event()) is h11.NEED_DATA:
            self.connection.settimeout(seconds)
            self.h11.receive_data(self.connection.recv(_PIECE))
        return event

    def early(self) -> h11.Response | None:
        """Return an answer that has come already. What is readable may also be TLS's own, so this never waits."""
        has_more = isinstance(self.connection, ssl.SSLSocket) and self.connection.pending() > 0
        if not has_more and not select.select([self.connection], [], [], 0)[0]:
            return None
        self.connection.settimeout(0)
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            self.h11.receive_data(self.connection.recv(_PIECE))
        event = self.h11.next_event()
        return event if isinstance(event, h11.Response) else None


def exchange(
    client: HeadReader, outgoing: Outgoing, upstreams: Upstreams, switch: RunSwitch, *, expects: bool
) -> Answered:
    """Send a request to AWS and its answer to the client.

    Errors: UpstreamError if no answer came and the client has got nothing; OSError, h11.ProtocolError if a connection
    broke within the answer; KilledError; the errors of `HeadReader.body`.
    """
    upstream = upstreams.take(outgoing.host)
    try:
        with switch.in_flight(client.connection, upstream.connection):
            stream = _Stream(upstream)
            head, is_whole = _request(client, outgoing, stream, expects=expects)
            answered, is_reusable = _answer(client, stream, head)
    except BaseException:
        upstream.close()
        raise
    if is_reusable and is_whole:
        upstreams.give_back(upstream)
    else:
        upstream.close()
    return replace(answered, goes_on=answered.goes_on and is_whole)


def _request(client: HeadReader, outgoing: Outgoing, stream: _Stream, *, expects: bool) -> tuple[h11.Response, bool]:
    """Send the request; return the head of the answer, and whether the whole body was sent."""
    try:
        headers = [(name.encode(), value.encode()) for name, value in outgoing.headers]
        if expects and outgoing.body is None:
            headers.append((b"expect", b"100-continue"))
        stream.send(h11.Request(method=outgoing.method, target=outgoing.target, headers=headers))
        if outgoing.body is not None:
            stream.send(h11.Data(data=outgoing.body))
            stream.send(h11.EndOfMessage())
            return _head(stream), True
        if expects:
            early = _await_continue(stream)
            if early is not None:
                return early, False
            client.connection.sendall(client.h11.send(h11.InformationalResponse(status_code=100, headers=[])))
        for piece in _pieces(client):
            if (early := stream.early()) is not None:
                return early, False
            try:
                stream.send(h11.Data(data=piece))
            except OSError:
                return _head(stream), False  # AWS may have said why before it closed
        stream.send(h11.EndOfMessage())
        return _head(stream), True
    except (h11.RemoteProtocolError, ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise UpstreamError(f"{outgoing.host} closed the connection without an answer") from error


def _pieces(client: HeadReader) -> Iterator[bytes]:
    while piece := client.body():
        yield piece


def _await_continue(stream: _Stream) -> h11.Response | None:
    """Wait until AWS wants the body; return its answer if it does not."""
    deadline = time.monotonic() + _CONTINUE_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            event = stream.receive(left)
        except TimeoutError:
            return None
        if isinstance(event, h11.Response):
            return event
        if isinstance(event, h11.InformationalResponse) and event.status_code == 100:
            return None
    return None


def _head(stream: _Stream) -> h11.Response:
    while True:
        event = stream.receive(_ANSWER_SECONDS)
        if isinstance(event, h11.Response):
            return event
        if not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("no answer")


def _answer(client: HeadReader, stream: _Stream, head: h11.Response) -> tuple[Answered, bool]:
    """Pass the answer on, piece by piece."""
    headers = [(name, value) for name, value in head.headers if name not in _HOP_BY_HOP]
    if client.h11.their_state is not h11.DONE:
        headers.append((b"Connection", b"close"))
    out = client.connection
    out.settimeout(_ANSWER_SECONDS)
    pending = client.h11.send(h11.Response(status_code=head.status_code, headers=headers, reason=head.reason)) or b""
    start = b""
    while True:
        event = stream.receive(_ANSWER_SECONDS)
        if isinstance(event, h11.Data):
            if head.status_code >= 400 and len(start) < _PEEKED:
                start += bytes(event.data[: _PEEKED - len(start)])
            pending += client.h11.send(h11.Data(data=event.data)) or b""
            out.sendall(pending)
            pending = b""
        elif isinstance(event, h11.EndOfMessage):
            pending += client.h11.send(h11.EndOfMessage()) or b""
            out.sendall(pending)
            break
        else:
            raise h11.RemoteProtocolError("the answer was cut")
    answered = Answered(
        head.status_code, _code(head, start), _request_id(head, start), client.h11.our_state is h11.DONE
    )
    return answered, stream.h11.our_state is h11.DONE and stream.h11.their_state is h11.DONE


def _code(head: h11.Response, start: bytes) -> str:
    named = next((value for name, value in head.headers if name == b"x-amzn-errortype"), None)
    if named is not None:
        return named.partition(b":")[0].rpartition(b"#")[2].decode("ascii", "replace")[:100]
    found = _ERROR_CODE.search(start)
    return (found[1] or found[2]).decode() if found else ""


def _request_id(head: h11.Response, start: bytes) -> str:
    for name, value in head.headers:
        if name in (b"x-amzn-requestid", b"x-amz-request-id"):
            return value.decode("ascii", "replace")[:200]
    found = _REQUEST_ID.search(start)
    return found[1].decode() if found else ""


def shut(connection: socket.socket) -> None:
    """Close a connection at once, whatever state it is in."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    connection.close()
