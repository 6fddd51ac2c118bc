"""Messages without a socket: what is read is what h11 reads, and what has two readings is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leastway.gateway.proxy.framing import AnswerHead, Body, FramingError, RequestHead, chunk, last_chunk, written_head

END = b"\r\n\r\n"
GET = b"GET /key?a=b HTTP/1.1\r\nHost: x\r\nA:  b c \r\n\r\n"
PUT = b"PUT /key HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"PUT /key HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nA\r\nlo01234567\r\n0\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 5\r\n\r\nhello"
IN_CHUNKS = (
    b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX-Amz-Checksum: y\r\n\r\n"
)

Read = tuple[object, ...]


def request(data: bytes) -> Read:
    """Return what a request is. Errors: FramingError."""
    raw, end, rest = data.partition(END)
    head = RequestHead.read(raw)
    if not end or head.version != "1.1":
        raise FramingError("the reader of heads refuses it")
    body = head.body()
    content = body.feed(rest) if rest else b""
    if not body.is_done:
        body.end()
    return head.method, head.target, head.headers, content


def answer(data: bytes, *cuts: int) -> Read:
    """Return what an answer to a GET is, with its body in pieces. Errors: FramingError."""
    raw, end, rest = data.partition(END)
    head = AnswerHead.read(raw)
    if not end:
        raise FramingError("the head is not complete")
    body = head.body("GET")
    places = [0, *sorted(cut for cut in cuts if 0 < cut < len(rest)), len(rest)]
    pieces = [rest[at:until] for at, until in itertools.pairwise(places)]
    content = b"".join(body.feed(piece) for piece in pieces if piece)
    if not body.is_done:
        body.end()
    return head.status, head.headers, content


def by_h11(role: type[h11.SERVER] | type[h11.CLIENT], data: bytes) -> Read:
    """Return what h11 reads. Errors: h11.RemoteProtocolError."""
    connection = h11.Connection(role, max_incomplete_event_size=1 << 20)
    if role is h11.CLIENT:
        connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
        connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    head = connection.next_event()
    content = b""
    ended = False
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Data):
            content += event.data
        elif event is h11.NEED_DATA and not ended:
            connection.receive_data(b"")
            ended = True
        elif isinstance(event, h11.EndOfMessage):
            break
        else:
            raise h11.RemoteProtocolError("the message is not complete")
    if isinstance(head, h11.Request):
        return head.method.decode(), head.target.decode(), text_of(head.headers), content
    assert isinstance(head, h11.Response)
    return head.status_code, text_of(head.headers), content


def text_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


@st.composite
def changed(draw: st.DrawFn, *messages: bytes) -> bytes:
    """A message with some bytes replaced by others that mean something to readers."""
    found = draw(st.sampled_from(messages))
    at, length = draw(st.integers(0, len(found))), draw(st.integers(0, 12))
    parts = (b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b"\x00", b"\xff", b"0", b"5", b"chunked", b"close", b";")
    names = (b"Content-Length: 5", b"content-length:", b"Transfer-Encoding: chunked", b"Connection: close", b"HTTP/1.0")
    new = b"".join(draw(st.lists(st.sampled_from(parts + names), max_size=4)))
    return found[:at] + new + found[at + length :]


@given(changed(GET, PUT, CHUNKED))
@example(GET)
@example(PUT)
@example(CHUNKED)
def test_a_request_that_is_read_is_what_h11_reads(data: bytes) -> None:
    try:
        found = request(data)
    except FramingError:
        return
    if not any(name == "host" for name, _ in found[2]):  # type: ignore[attr-defined]
        return  # the reader of heads refuses it
    assert found == by_h11(h11.SERVER, data)


@given(changed(ANSWER, IN_CHUNKS), st.lists(st.integers(0, 60), max_size=4))
@example(ANSWER, [1])
@example(IN_CHUNKS, [1, 2, 7])
def test_an_answer_that_is_read_is_what_h11_reads(data: bytes, cuts: list[int]) -> None:
    try:
        found = answer(data, *cuts)
    except FramingError:
        return
    if 200 <= int(str(found[0])) < 600:
        assert found == by_h11(h11.CLIENT, data)


def test_messages_in_order_are_read() -> None:
    assert request(GET) == ("GET", "/key?a=b", (("host", "x"), ("a", "b c")), b"")
    assert request(PUT)[3] == b"hello"
    assert request(CHUNKED)[3] == b"hello01234567"
    assert answer(ANSWER) == (200, (("etag", "x"), ("content-length", "5")), b"hello")
    assert answer(IN_CHUNKS, *range(60))[2] == b"hello"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Host: x", b"Host: x\n A: b"),
        (b"Host: x", b"Host : x"),
        (b"Host: x", b"Host: x\r\n folded"),
        (b"Host: x", b"Host: x\x00"),
        (b"chunked", b"gzip, chunked"),
        (b"chunked", b"chunked\r\nContent-Length: 3"),
        (b"chunked", b"chunked\r\nTransfer-Encoding: chunked"),
        (b"3\r\nhel", b"3;a=b\r\nhel"),
        (b"3\r\nhel", b"+3\r\nhel"),
        (b"3\r\nhel", b"2\r\nhel"),
        (b"3\r\nhel", b"\r\nhel"),
        (b"0\r\n\r\n", b"0\r\nA: b\r\n\r\n"),
        (b"0\r\n\r\n", b""),
        (b"HTTP/1.1", b"HTTP/2.0"),
    ],
)
def test_what_has_two_readings_is_refused(old: bytes, new: bytes) -> None:
    assert old in CHUNKED
    with pytest.raises(FramingError):
        request(CHUNKED.replace(old, new, 1))


@pytest.mark.parametrize("length", [b"5, 5", b"5\r\nContent-Length: 5", b"-5", b"0x5", b"", b"5" * 30])
def test_a_length_that_is_not_one_number_is_refused(length: bytes) -> None:
    with pytest.raises(FramingError):
        request(PUT.replace(b"5", length, 1))
    with pytest.raises(FramingError):
        answer(ANSWER.replace(b": 5", b": " + length, 1))


def feed_often(body: Body, data: bytes) -> None:
    for _ in range(100):
        body.feed(data)


def test_a_line_between_chunks_is_bounded() -> None:
    body = AnswerHead.read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked").body("GET")
    with pytest.raises(FramingError):
        feed_often(body, b"0" * 1_000)
    body = AnswerHead.read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked").body("GET")
    body.feed(b"0\r\n")
    with pytest.raises(FramingError):
        feed_often(body, b"A: %b\r\n" % (b"b" * 1_000))


@pytest.mark.parametrize(("status", "method"), [(204, "GET"), (304, "GET"), (200, "HEAD")])
def test_some_answers_have_no_body_whatever_their_head_says(status: int, method: str) -> None:
    body = AnswerHead.read(b"HTTP/1.1 %d X\r\nContent-Length: 5" % status).body(method)
    assert body.is_done
    assert body.feed(b"HTTP/1.1 200 OK") == b""
    assert body.rest == b"HTTP/1.1 200 OK"


def test_what_comes_after_a_body_is_kept_apart() -> None:
    for data in (b"helloGET", b"5\r\nhello\r\n0\r\n\r\nGET"):
        length = b"Content-Length: 5" if data.startswith(b"h") else b"Transfer-Encoding: chunked"
        body = RequestHead.read(b"PUT / HTTP/1.1\r\n" + length).body()
        assert body.feed(data) == b"hello"
        assert (body.is_done, body.rest) == (True, b"GET")


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5))
def test_chunks_that_are_written_are_read_back(pieces: list[bytes]) -> None:
    head = written_head("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")])
    data = head + b"".join(map(chunk, pieces)) + last_chunk
    assert answer(data, 1, 3, 8)[2] == b"".join(pieces)


@pytest.mark.parametrize(
    ("head", "is_last"),
    [(b"HTTP/1.1 200 OK", False), (b"HTTP/1.0 200 OK", True), (b"HTTP/1.1 200 OK\r\nConnection: a, Close", True)],
)
def test_the_last_answer_of_a_connection_says_so(head: bytes, is_last: bool) -> None:
    assert AnswerHead.read(head).is_last is is_last
