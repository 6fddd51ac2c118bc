"""The server's end of the control channel: it listens, knows the tokens of its runs, and answers their gateways.

The folder of the socket has mode 0700 and the socket 0600. A gateway that says a wrong token gets the same refusal as
one of an unknown run. A second connection of a run replaces the first, whose asks then fail.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from leastway.errors import LeastwayError
from leastway.gateway.accepting import accepted, is_started
from leastway.gateway.authority import (
    Authority,
    CallEntry,
    CallOutcome,
    RunTerms,
    SessionAsk,
    StateRequest,
)
from leastway.gateway.control.channel import Channel, receive, send
from leastway.gateway.control.dialing import VERSION
from leastway.gateway.control.wire import WireError, from_wire, to_wire
from leastway.primitives import Secret, make_private_folder

__all__ = ["Connected", "ControlServer", "Work"]

_log = logging.getLogger("leastway.runs")

_HELLO_SECONDS = 10.0
_BACKLOG = 256
_UNKNOWN = "the server does not know this run with this token"


class Work(Protocol):
    """What the server hears about the work that it ordered from a supervisor."""

    def arrived(self, gateway: Connected, /) -> None:
        """The run's gateway has connected, for the first time or again."""
        ...

    def left(self, gateway: Connected, /) -> None:
        """Its connection is lost."""
        ...

    def reported(self, name: str, value: Any, body: bytes, /) -> None:
        """The supervisor tells about a step: `printed` with bytes, `ended`, `steps`. In order, on one thread."""
        ...


@dataclass(frozen=True, slots=True)
class _Run:
    token: bytes
    terms: Callable[[], RunTerms]
    authority: Authority
    work: Work


class Connected:
    """The gateway of one run, connected: `Orders`, and the work.

    Errors: AuthorityGoneError once the connection is lost.
    """

    def __init__(self, connection: socket.socket, run: str, known: _Run, lost: Callable[[Connected], None]) -> None:
        self.run = run
        self._known = known
        self._lost = lost
        name = f"leastway-gateway-{run}"
        self._channel = Channel(connection, answer=self._answer, told=self._hear, lost=self._end, name=name)

    def start(self) -> None:
        """Begin to listen to it."""
        self._channel.start()

    def close(self) -> None:
        """End the connection. The gateway then dials again."""
        self._channel.close()

    def killed(self, reason: str) -> None:
        """Cut every call in flight and refuse all later ones, for good."""
        self._channel.tell("killed", reason)

    def asleep(self, reason: str) -> None:
        """Refuse to sign until `awake`."""
        self._channel.tell("asleep", reason)

    def awake(self) -> None:
        """Sign again."""
        self._channel.tell("awake", None)

    def phase(self, name: str) -> None:
        """Enter another phase."""
        self._channel.tell("phase", name)

    def order(self, name: str, value: object) -> None:
        """Order work of the supervisor: `run`, `prepare`, `interrupt`, `kill`, `end`."""
        self._channel.tell(name, to_wire(value))

    def _answer(self, name: str, value: Any, body: bytes) -> tuple[Any, bytes]:
        authority = self._known.authority
        match name:
            case "session":
                return to_wire(authority.session(from_wire(SessionAsk, value))), b""
            case "identity":
                return to_wire(authority.identity(from_wire(str, value))), b""
            case "enter":
                authority.enter(from_wire(CallEntry, value))
            case "renew":
                authority.renew()
            case "state":
                answer = authority.state(replace(from_wire(StateRequest, value), body=body))
                return to_wire(replace(answer, body=b"")), answer.body
            case _:
                raise WireError("a gateway sent a request that this server does not know")
        return None, b""

    def _hear(self, name: str, value: Any, body: bytes) -> None:
        if name == "answered":
            for each in from_wire(tuple[CallOutcome, ...], value):
                self._known.authority.answered(each)
        else:
            self._known.work.reported(name, value, body)

    def _end(self) -> None:
        self._lost(self)


class ControlServer:
    """Listens on a unix socket for the gateways of runs. Thread-safe.

    Errors: LeastwayError if the socket cannot be made; the path of a unix socket has at most 107 bytes.
    """

    def __init__(self, path: Path, *, waits: bool = False) -> None:
        make_private_folder(path.parent)
        self.path = path
        self._runs: dict[str, _Run] = {}
        self._open: dict[str, Connected] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            path.unlink(missing_ok=True)
            self._listener.bind(str(path))
            path.chmod(0o600)
            self._listener.listen(_BACKLOG)
        except OSError as error:
            self._listener.close()
            fix = "choose a shorter path of the server's folder, to which it may write"
            raise LeastwayError(f"the control socket cannot be made: {error}", where=str(path), fix=fix) from error
        self._thread = threading.Thread(target=self._accept, name="leastway-control", daemon=True)
        if not waits:
            self._thread.start()

    def begin(self) -> None:
        """Begin to answer, if this was to wait: gateways that were left by a killed server are expected by now."""
        self._thread.start()

    def expect(self, run: str, token: Secret, terms: Callable[[], RunTerms], authority: Authority, work: Work) -> None:
        """Answer the gateway of this run, if it says this token. `terms` is called at each welcome."""
        digest = hashlib.sha256(token.reveal().encode()).digest()
        with self._lock:
            self._runs[run] = _Run(digest, terms, authority, work)

    def forget(self, run: str) -> None:
        """Answer this run no more, and end its connection."""
        with self._lock:
            self._runs.pop(run, None)
            gateway = self._open.get(run)
        if gateway is not None:
            gateway.close()

    def connected(self, run: str) -> Connected | None:
        """Return the gateway of a run, if it is connected."""
        with self._lock:
            return self._open.get(run)

    def close(self) -> None:
        """Stop listening and end every connection. Gateways dial again until they give up."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        if self._thread.ident is not None:
            self._thread.join()
        self._listener.close()
        with self._lock:
            self._closing.set()
            gateways = list(self._open.values())
        for gateway in gateways:
            gateway.close()

    def _accept(self) -> None:
        while (connection := accepted(self._listener)) is not None:
            thread = threading.Thread(target=self._greet, args=(connection,), name="leastway-greet", daemon=True)
            if not is_started(thread):
                connection.close()  # the gateway dials again

    def _greet(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(_HELLO_SECONDS)
            hello, _ = receive(connection)
            run, token = str(hello.get("run")), hello.get("token")
            if hello.get("hello") != VERSION:
                words = "the supervisor of run %s speaks version %s of the control channel, and this server %s: %s"
                ends = "it saves its state and ends, and the run goes on in another attempt"
                _log.warning(words, run, hello.get("hello"), VERSION, ends)
                send(connection, {"refused": "the server speaks another version of the control channel"})
                raise WireError("another version")
            with self._lock:
                known = self._runs.get(run)
                if self._closing.is_set():
                    raise WireError("the server stops")
            digest = hashlib.sha256(token.encode() if isinstance(token, str) else b"").digest()
            if known is None or not hmac.compare_digest(known.token, digest):
                send(connection, {"refused": _UNKNOWN})
                raise WireError(_UNKNOWN)
            send(connection, {"welcome": VERSION, "terms": to_wire(known.terms())})
        except (OSError, EOFError, LeastwayError):
            connection.close()
            return
        gateway = Connected(connection, run, known, self._lose)
        with self._lock:
            if self._closing.is_set():
                connection.close()
                return
            earlier, self._open[run] = self._open.get(run), gateway
        if earlier is not None:
            earlier.close()
        with contextlib.suppress(LeastwayError):
            _repeat(gateway, known.terms())  # a kill between the welcome and this moment reached no connection
        known.work.arrived(gateway)
        gateway.start()

    def _lose(self, gateway: Connected) -> None:
        with self._lock:
            if self._open.get(gateway.run) is gateway:
                del self._open[gateway.run]
            known = self._runs.get(gateway.run)
        if known is not None:
            known.work.left(gateway)


def _repeat(gateway: Connected, terms: RunTerms) -> None:
    gateway.phase(terms.phase)
    if terms.killed is not None:
        gateway.killed(terms.killed)
    elif terms.asleep is not None:
        gateway.asleep(terms.asleep)
    else:
        gateway.awake()
