"""One connection of the run: CONNECT, TLS with the run's CA, and requests until one side ends it.

A host that is not AWS's is refused at CONNECT, unless it is listed; no host is resolved that the run may not use. After
that, every answer has the shape of its protocol: a refused call reads like an error of AWS that says why. So do calls
of services and regions of AWS that the run may not use, since clients do not show why a CONNECT fails.
"""

from __future__ import annotations

import contextlib
import http
import re
import socket
import ssl
import time
import uuid
from dataclasses import dataclass, replace

from leastway.aws.calls import BodyRule, Hosts, RefusedCall, WireRequest, body_rule, error_body, what_is_asked
from leastway.errors import LeastwayError
from leastway.gateway.authority import Authority, CallOutcome
from leastway.gateway.certificates import RunCa
from leastway.gateway.judging import CODE, Forwarded, Judge, Local, Refused
from leastway.gateway.proxy.budget import Budget, BudgetError
from leastway.gateway.proxy.exchange import CONTINUE, Outgoing, exchange
from leastway.gateway.proxy.framing import FramingError, RequestHead, written_answer
from leastway.gateway.proxy.heads import BadRequestError, ClosedError, HeadReader, TooSlowError, check
from leastway.gateway.proxy.tunnel import Tunnels, join
from leastway.gateway.proxy.upstream import UpstreamError, Upstreams
from leastway.gateway.switch import AsleepError, KilledError, RunSwitch

__all__ = ["Limits", "Served", "serve"]

_CONNECT = re.compile(r"CONNECT ([A-Za-z0-9.-]{1,253}):([0-9]{1,5}) HTTP/1\.[01]")

_OURS = frozenset({"connection", "expect", "proxy-connection", "x-forwarded-for"})
"""Headers between client and gateway. The source address is never the client's to say."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts that bound a connection."""

    connections: int = 256
    head_seconds: float = 15.0
    handshake_seconds: float = 15.0
    idle_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Served:
    """What all connections of a run share."""

    judge: Judge
    authority: Authority
    switch: RunSwitch
    ca: RunCa
    upstreams: Upstreams
    tunnels: Tunnels
    budget: Budget
    limits: Limits


def serve(connection: socket.socket, served: Served) -> None:
    """Serve one connection to its end, and close it. It raises nothing."""
    with contextlib.ExitStack() as stack:
        stack.callback(connection.close)
        # These mean that the run, AWS or a kill ended it: there is nobody to tell.
        with contextlib.suppress(ClosedError, TooSlowError, OSError, KilledError, FramingError):
            _serve(connection, served, stack)


def _serve(connection: socket.socket, served: Served, stack: contextlib.ExitStack) -> None:
    limits = served.limits
    reader = HeadReader(connection, seconds=limits.head_seconds, idle=limits.head_seconds)
    try:
        host, port = _target(reader)
    except BadRequestError as error:
        _say(connection, error.status, error.what)
        return
    hosts = served.judge.hosts_for(host) if port == 443 else None
    is_listed = hosts is not served.judge.hosts and served.tunnels.allows(host, port, served.switch.current_phase)
    if hosts is None or is_listed:
        _tunnel(connection, served, stack, host, port)
        return
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    connection.settimeout(limits.handshake_seconds)
    secured = served.ca.context(host).wrap_socket(connection, server_side=True)
    stack.callback(secured.close)
    requests = HeadReader(secured, seconds=limits.head_seconds, idle=limits.idle_seconds)
    while _request(requests, served, host, hosts):
        requests.next()


def _target(reader: HeadReader) -> tuple[str, int]:
    """Read the CONNECT, which some clients send as HTTP/1.0 and without Host.

    Errors: BadRequestError, and those of `HeadReader.read_raw`.
    """
    head, rest = reader.read_raw()
    check(head.removesuffix(b"\r\n\r\n"))
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first.startswith("CONNECT "):
        raise BadRequestError("this is an HTTPS proxy: only CONNECT is served", 405)
    match = _CONNECT.fullmatch(first)
    if match is None or rest:
        raise BadRequestError("the request is not CONNECT HOST:PORT")
    host, port = match[1].lower(), int(match[2])
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "host" and value.strip().lower() not in (host, f"{host}:{port}"):
            raise BadRequestError("the Host header is not the target of CONNECT")
    return host, port


def _tunnel(connection: socket.socket, served: Served, stack: contextlib.ExitStack, host: str, port: int) -> None:
    if not served.tunnels.allows(host, port, served.switch.current_phase):
        what = f"{host}:{port} is not an AWS endpoint that this run may use"
        fix = "a run reaches AWS alone; what its module needs from elsewhere belongs into the module's source"
        served.judge.refuse_host(host, port, f"{what} ({fix})")
        _say(connection, 403, f"leastway: {what}")
        return
    try:
        served.switch.check()
        upstream = stack.enter_context(contextlib.closing(served.upstreams.open_plain(host, port)))
        with served.switch.in_flight(connection, upstream):
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            join(connection, upstream, served.limits.idle_seconds)
    except LeastwayError as error:
        _say(connection, 502, f"leastway: {error.what}")


def _say(connection: socket.socket, status: int, what: str) -> None:
    """Answer outside TLS. Clients show the reason phrase, so it says what happened."""
    text = re.sub(r"[^ -~]", "?", what)
    body = f"{text}\n".encode()
    head = f"HTTP/1.1 {status} {text}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    with contextlib.suppress(OSError):
        connection.settimeout(5)
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)


def _request(reader: HeadReader, served: Served, host: str, hosts: Hosts) -> bool:
    """Serve one request; return whether another may follow."""
    try:
        head = reader.read()
        request = _wire(head, host, None if reader.is_within_body else b"")
        expects = _expects(request)
        if not reader.is_within_body:
            return _judged(reader, served, request, expects=False)
        rule = body_rule(request, hosts)
        if isinstance(rule, RefusedCall):
            return _judged(reader, served, request, expects=False, refused=rule)
        kind, most = rule
        if kind is BodyRule.STREAM:
            return _judged(reader, served, request, expects=expects)
        with served.budget.taking(_length(request, most)):
            if expects:
                reader.connection.sendall(CONTINUE)
            return _judged(reader, served, replace(request, body=_whole(reader, most)), expects=False)
    except BadRequestError as error:
        return _bad(reader, error)
    except BudgetError as error:
        return _bad(reader, BadRequestError(error.what, 503))


def _expects(request: WireRequest) -> bool:
    expected = request.header("expect")
    if expected is not None and expected.lower() != "100-continue":
        raise BadRequestError("nothing but 100-continue can be expected", 417)
    return expected is not None


def _length(request: WireRequest, most: int) -> int:
    """Return how much memory the body takes. Errors: BadRequestError if it is more than `most`."""
    text = request.header("content-length")
    if text is None:
        return most
    if int(text) > most:
        raise BadRequestError(f"the body is larger than {most >> 20} MiB, which is the limit for this operation", 413)
    return int(text)


def _whole(reader: HeadReader, most: int) -> bytes:
    pieces, length = [], 0
    while piece := reader.body():
        length += len(piece)
        if length > most:
            raise BadRequestError(f"the body is larger than {most >> 20} MiB, the limit for this operation", 413)
        pieces.append(piece)
    return b"".join(pieces)


def _wire(head: RequestHead, host: str, body: bytes | None) -> WireRequest:
    if not head.target.startswith("/"):
        raise BadRequestError("the target of the request is not a path")
    path, _, query = head.target.partition("?")
    for name, value in head.headers:
        if not value.isascii():
            raise BadRequestError(f"the header {name} is not ASCII")
    named = next(value for name, value in head.headers if name == "host").lower()
    if named not in (host, f"{host}:443"):
        raise BadRequestError("the Host header names another host than CONNECT", 421)
    return WireRequest(head.method, host, 443, path, query, head.headers, body)


def _judged(
    reader: HeadReader, served: Served, request: WireRequest, *, expects: bool, refused: RefusedCall | None = None
) -> bool:
    judged = served.judge.judge(request, refused)
    if isinstance(judged, Refused):
        return _refuse(reader, served, judged, request)
    if isinstance(judged, Local):
        return _answer(reader, 200, (("Content-Type", "text/xml"),), judged.body)
    return _forward(reader, served, judged, expects=expects)


def _forward(reader: HeadReader, served: Served, judged: Forwarded, *, expects: bool) -> bool:
    request = judged.request
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = tuple(each for each in request.headers if each[0] not in _OURS) + served.upstreams.claimed(request.host)
    outgoing = Outgoing(request.method, request.host, target, headers, request.body)
    outcome: CallOutcome | None = CallOutcome(judged.number, None)
    try:
        answered = exchange(
            reader, outgoing, served.upstreams, served.switch, withheld=judged.withheld, expects=expects
        )
        if isinstance(answered, Refused):
            outcome = None
            return _refuse(reader, served, answered, request)
        outcome = CallOutcome(judged.number, answered.status, answered.code, answered.request_id)
    except UpstreamError as error:
        return _refuse(reader, served, Refused("ServiceUnavailable", f"leastway: {error.what}", 503), request)
    except (KilledError, AsleepError) as error:
        return _refuse(reader, served, Refused(CODE, f"leastway: {error.what}"), request)
    finally:
        if outcome is not None:
            served.authority.answered(outcome)
    if reader.is_within_body:
        _drain(reader.connection)
    return answered.goes_on


def _refuse(reader: HeadReader, served: Served, refused: Refused, request: WireRequest) -> bool:
    if refused.call is not None:
        service, protocol = refused.call.service, refused.call.protocol
    else:
        hosts = served.judge.hosts_for(request.host) or served.judge.hosts
        service, protocol = what_is_asked(request, hosts)
    status, headers, body = error_body(
        protocol, service, refused.message, request_id=str(uuid.uuid4()), code=refused.code, status=refused.status
    )
    return _answer(reader, status, headers, b"" if request.method == "HEAD" else body)


def _bad(reader: HeadReader, error: BadRequestError) -> bool:
    """Answer what is not a request with one reading, and end the connection."""
    text = f"leastway: {error.what}\n".encode()
    reason = http.HTTPStatus(error.status).phrase
    head = f"HTTP/1.1 {error.status} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
    _send(reader, f"{head}Connection: close\r\n\r\n".encode() + text)
    return False


def _answer(reader: HeadReader, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> bool:
    """Send an answer of our own. If the body of the request is still to come, the connection ends with it."""
    sent = [each for each in headers if each[0].lower() != "content-length"]
    _send(reader, written_answer(status, sent, body, goes_on=reader.goes_on))
    return reader.goes_on


def _send(reader: HeadReader, data: bytes) -> None:
    reader.connection.settimeout(30)
    reader.connection.sendall(data)
    if reader.is_within_body:
        _drain(reader.connection)


def _drain(connection: socket.socket) -> None:
    """Read what the client still sends for a moment: closing now would reset the answer that it has not read."""
    with contextlib.suppress(OSError, ValueError):
        if isinstance(connection, ssl.SSLSocket):
            connection.settimeout(1)
        socket.socket.shutdown(connection, socket.SHUT_WR)
        deadline = time.monotonic() + 2
        connection.settimeout(1)
        while time.monotonic() < deadline and connection.recv(64 << 10):
            pass
