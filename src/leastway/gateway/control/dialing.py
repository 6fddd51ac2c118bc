"""The gateway's end of the control channel: an `Authority` that dials the server, and dials again when it is lost.

- Nothing is signed between a loss and the server's next welcome: every ask raises AuthorityGoneError at once.
- The lease is renewed every few seconds, which also shows a server that no longer answers: it counts as lost.
- The terms of each welcome are passed on, so that a kill that was missed meanwhile acts at once.
- Outcomes of calls are told together, a moment later, by a thread of their own: no call waits for that of another one.
  Those that a server has missed are told to the next one.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from leastway.errors import LeastwayError
from leastway.gateway.authority import (
    AuthorityGoneError,
    CallEntry,
    CallOutcome,
    Orders,
    RefusedError,
    RunTerms,
    SessionAsk,
    StateAnswer,
    StateRequest,
)
from leastway.gateway.control.channel import Channel, receive, send
from leastway.gateway.control.wire import WireError, from_wire, to_wire
from leastway.ports import CallerIdentity, IssuedSession
from leastway.primitives import Secret

__all__ = ["VERSION", "DialedAuthority", "Told"]

_log = logging.getLogger("leastway.gateway")

VERSION = 3
"""The version of the protocol. A server refuses another one by name."""

_ANSWER_SECONDS = 30.0
"""How long an ask waits: STS and a busy database are slow at times."""
_RENEW_SECONDS = 3.0
_RENEW_ANSWER_SECONDS = 10.0
_HELLO_SECONDS = 10.0
_TOGETHER_SECONDS = 0.02
"""How long outcomes wait for others."""
_MOST_OUTCOMES = 10_000
"""Outcomes that are kept for a server that is lost."""
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between two attempts to dial."""

Value = TypeVar("Value")


class Told(Orders, Protocol):
    """What the channel tells the supervisor: the server's orders, its presence, and the work to do."""

    def welcomed(self, terms: RunTerms, /) -> None:
        """The server has answered, for the first time or again."""
        ...

    def connected(self) -> None:
        """The server can be asked and told again."""
        ...

    def adrift(self) -> None:
        """The server is lost."""
        ...

    def refused(self, reason: str, /) -> None:
        """The server does not know this run or this token: it will not be asked again."""
        ...

    def lost_lease(self, reason: str, /) -> None:
        """Another attempt of the run has taken over, or the run has ended: this one may do nothing more."""
        ...

    def work(self, name: str, value: Any, /) -> None:
        """The server orders work: `run`, `prepare`, `interrupt`, `kill` or `end`. It must not block."""
        ...


class DialedAuthority:
    """The server behind a unix socket, for one run. `told` is called on the channel's threads.

    An ask waits up to `patience` seconds for a server that is lost to return.
    """

    def __init__(self, path: Path, run: str, token: Secret, told: Told, *, patience: float = 0.0) -> None:
        self._path, self._run, self._token, self._told = path, run, token, told
        self._patience = patience
        self._channel: Channel | None = None
        self._is_there = threading.Event()
        self._is_closed = threading.Event()
        self._lost = threading.Event()
        self._outcomes: list[CallOutcome] = []
        self._has_outcomes = threading.Event()
        self._telling = threading.Lock()
        self._thread = threading.Thread(target=self._keep_dialing, name="leastway-control", daemon=True)

    def start(self) -> None:
        """Begin to dial, until `close`."""
        self._thread.start()
        threading.Thread(target=self._keep_telling, name="leastway-outcomes", daemon=True).start()

    def give_up(self) -> None:
        """Let an ask wait no more for a server that is lost."""
        self._patience = 0.0

    def close(self) -> None:
        """End the connection and dial no more."""
        self._tell_outcomes()
        self._is_closed.set()
        self._lost.set()
        self._has_outcomes.set()
        if (channel := self._channel) is not None:
            channel.close()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def session(self, ask: SessionAsk) -> IssuedSession:
        """Ask for a session."""
        return self._ask(IssuedSession, "session", ask)

    def identity(self, region: str) -> CallerIdentity:
        """Ask whose key the account keeps."""
        return self._ask(CallerIdentity, "identity", region)

    def enter(self, entry: CallEntry) -> None:
        """Wait until the entry is durable."""
        self._send("enter", entry)

    def begin_entry(self, entry: CallEntry) -> Callable[[], None]:
        """Send the entry; the returned function waits until it is durable."""
        wait = self._begin("enter", entry)

        def durable() -> None:
            wait()

        return durable

    def answered(self, outcome: CallOutcome) -> None:
        """Tell the outcome soon, and before anything that is reported later."""
        if len(self._outcomes) < _MOST_OUTCOMES:
            self._outcomes.append(outcome)
        if not self._has_outcomes.is_set():
            self._has_outcomes.set()

    def report(self, name: str, value: object, body: bytes = b"") -> bool:
        """Tell the server something that nobody waits for; return False if the server is lost."""
        self._tell_outcomes()
        return self._tell(name, value, body)

    def _keep_telling(self) -> None:
        while self._has_outcomes.wait() and not self._is_closed.wait(_TOGETHER_SECONDS):
            self._tell_outcomes()

    def _tell_outcomes(self) -> None:
        with self._telling:
            self._has_outcomes.clear()
            told = self._outcomes[:]
            if told and self._tell("answered", told):
                del self._outcomes[: len(told)]

    def _tell(self, name: str, value: object, body: bytes = b"") -> bool:
        channel = self._channel
        if channel is None:
            return False
        try:
            channel.tell(name, to_wire(value), body)
        except LeastwayError:
            return False
        return True

    def state(self, request: StateRequest) -> StateAnswer:
        """Relay a request of Terraform's http backend."""
        head = StateRequest(request.method, request.path, request.query, request.headers)
        answer, body = self._send("state", head, request.body)
        found = from_wire(StateAnswer, answer)
        return StateAnswer(found.status, found.headers, body)

    def renew(self) -> None:
        """Renew the run's lease."""
        self._send("renew", None, seconds=_RENEW_ANSWER_SECONDS)

    def _ask(self, kind: type[Value], name: str, value: object) -> Value:
        return from_wire(kind, self._send(name, value)[0])

    def _send(
        self, name: str, value: object, body: bytes = b"", *, seconds: float = _ANSWER_SECONDS
    ) -> tuple[Any, bytes]:
        return self._begin(name, value, body, seconds=seconds)()

    def _begin(
        self, name: str, value: object, body: bytes = b"", *, seconds: float = _ANSWER_SECONDS
    ) -> Callable[[], tuple[Any, bytes]]:
        self._is_there.wait(self._patience)
        channel = self._channel
        if channel is None:
            raise AuthorityGoneError(
                "leastway's server cannot be reached, so nothing is signed", fix="wait until the server is back"
            )
        return channel.begin(name, to_wire(value), body, seconds=seconds)

    def _keep_dialing(self) -> None:
        attempt = 0
        while not self._is_closed.is_set():
            try:
                self._stay_connected()
                attempt = 0
            except RefusedError as error:
                self._told.refused(error.what)
                return
            except Exception as error:  # noqa: BLE001  # told apart there
                if not isinstance(error, OSError | EOFError | LeastwayError):
                    _log.error("the control channel is dialed again, after an internal error", exc_info=error)
                self._is_closed.wait(_PAUSES[min(attempt, len(_PAUSES) - 1)])
                attempt += 1

    def _stay_connected(self) -> None:
        """Dial, and return once the connection is lost. Errors: RefusedError, OSError, EOFError, WireError."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(_HELLO_SECONDS)
            connection.connect(str(self._path))
            hello = {"hello": VERSION, "run": self._run, "token": self._token.reveal()}
            send(connection, hello)
            answer, _ = receive(connection)
            if isinstance(reason := answer.get("refused"), str):
                raise RefusedError(reason)
            if answer.get("welcome") != VERSION:
                raise WireError("the server speaks another version of the control channel")
            terms = from_wire(RunTerms, answer.get("terms"))
        except BaseException:
            connection.close()
            raise
        self._lost.clear()
        channel = Channel(connection, answer=_no_asks, told=self._hear, lost=self._lose, name="leastway-control-read")
        try:
            self._told.welcomed(terms)
            channel.start()
            self._channel = channel
            self._is_there.set()
            self._has_outcomes.set()
            self._told.connected()
            self._renew_until_lost()
        finally:
            self._channel = None
            self._is_there.clear()
            channel.close()
            if not self._is_closed.is_set():
                self._told.adrift()

    def _renew_until_lost(self) -> None:
        if self._is_closed.is_set():  # `close` may have come before this connection was there to be lost
            return
        due = time.monotonic()
        while not self._lost.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + _RENEW_SECONDS
            try:
                self.renew()
            except RefusedError as error:
                self._told.lost_lease(error.what)
                return
            except LeastwayError:
                return  # the server does not answer

    def _lose(self) -> None:
        self._lost.set()

    def _hear(self, name: str, value: Any, body: bytes) -> None:
        match name, value:
            case "killed", str(reason):
                self._told.killed(reason)
            case "asleep", str(reason):
                self._told.asleep(reason)
            case "awake", _:
                self._told.awake()
            case "phase", str(phase):
                self._told.phase(phase)
            case (("run" | "prepare" | "interrupt" | "kill" | "end"), _):
                self._told.work(name, value)
            case _:
                raise WireError("the server sent a message that this gateway does not know")


def _no_asks(name: str, value: Any, body: bytes) -> tuple[Any, bytes]:
    raise WireError("a gateway answers no asks")
