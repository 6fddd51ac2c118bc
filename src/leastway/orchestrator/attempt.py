"""One attempt of a run in this process: its lease, its gateway's authority, its supervisor and the commands of that.

A supervisor that does not come, or ends before the end of its command is known, ends the attempt.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from leastway.errors import LeastwayError
from leastway.gateway import AuthorityGoneError, RunTerms
from leastway.gateway.control import Connected
from leastway.gateway.supervisor import Command
from leastway.orchestrator.attempt_record import AttemptRecord, is_alive, write_record
from leastway.orchestrator.authority import RunAuthority
from leastway.orchestrator.folders import RECORD
from leastway.orchestrator.journal import JournalOfRun
from leastway.ports import WaitingError
from leastway.primitives import Secret
from leastway.registry import Run

__all__ = ["Attempt", "AttemptParts", "CommandEnd", "GoneError", "NotRunError", "OpenAttempts", "Printed"]

_log = logging.getLogger("leastway.runs")

_RETURNS_WITHIN: Final = 30.0
"""Seconds for a new supervisor to dial, or for one that lost its server to dial again."""

Printed = Callable[[bytes], None]
"""Gets what a command prints, in pieces of any size."""


class GoneError(LeastwayError):
    """The supervisor has ended, or does not come back, before the end of its command was known."""


class NotRunError(LeastwayError):
    """The supervisor could not run a command; nothing of it has run."""


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """How a command ended: its exit code, and in one word why; `output` is its standard output, if it was captured."""

    code: int
    ended: str
    output: bytes = field(default=b"", repr=False)

    def after_interrupts(self, word: str, interrupts: int) -> str:
        """Return how the command named by `word` ended, which was interrupted this often."""
        if self.ended == "killed":
            return f"{word} was interrupted twice and then killed: its last state may be missing"
        if interrupts > 1:
            return f"{word} was interrupted twice: its last state may be missing"
        return f"{word} was interrupted once and ended in order: its state is saved"


@dataclass(frozen=True, slots=True)
class AttemptParts:
    """What an attempt works with, made for its lease: what answers its gateway, its terms, and its journal.

    `settled` is what the run's page says about what governs it: columns of the run, with the contract of the terms.
    """

    authority: RunAuthority
    terms: RunTerms
    journal: JournalOfRun
    settled: Mapping[str, Any] = field(default_factory=dict)


class OpenAttempts(Protocol):
    """The attempts of this process, as one of them needs them."""

    grace: float
    """Seconds between two interrupts, and before a kill."""
    is_stopping: bool
    """Whether the server stops."""

    def forget(self, attempt: Attempt, /) -> None:
        """Answer the gateway of an attempt no more."""
        ...


@dataclass(slots=True)
class _Waiting:
    printed: Printed
    ended: threading.Event = field(default_factory=threading.Event)
    end: CommandEnd | None = None
    error: str | None = None


@dataclass(slots=True)
class Attempt:
    """One attempt, which works in this process."""

    run: Run
    lease: str
    folder: Path
    parts: AttemptParts
    state_token: Secret
    attempts: OpenAttempts
    pid: int | None = None
    began_at: int = 0
    killed_because: str | None = None
    interrupts: int = 0
    has_come: bool = False
    """Whether the supervisor has ever dialed."""
    is_given_up: bool = False
    """Whether a supervisor that never dialed was waited for in vain."""
    ordered: set[str] = field(default_factory=set)
    """The names of the commands that the supervisor was told to run."""
    _gateway: Connected | None = None
    _terms: RunTerms | None = None
    _came: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _hearing: threading.Lock = field(default_factory=threading.Lock)
    _waiting: dict[str, _Waiting] = field(default_factory=dict)
    _early: dict[str, list[bytes]] = field(default_factory=dict)
    _next: Command | None = None
    _token: Secret = field(default_factory=lambda: Secret(""))

    @property
    def journal(self) -> JournalOfRun:
        """The run's log."""
        return self.parts.journal

    def terms(self) -> RunTerms:
        """Return the terms as they are now."""
        with self._lock:
            return self._terms or self.parts.terms

    def is_left(self) -> bool:
        """Return whether nobody waits any more for what this process itself does: interrupted, or the server stops."""
        return self.interrupts > 0 or self.attempts.is_stopping

    def has(self, name: str) -> bool:
        """Return whether the supervisor of this attempt was ordered to run the command of this name."""
        return name in self.ordered

    def run_command(self, command: Command, printed: Printed, following: Command | None = None) -> CommandEnd:
        """Run a command, or take up one that runs or has ended; meanwhile prepare the `following` one.

        Errors: GoneError, NotRunError; WaitingError if the server stops meanwhile.
        """
        waiting = _Waiting(printed)
        with self._hearing:  # a secret in two pieces is masked if they come one after the other
            for piece in self._early.pop(command.name, []):
                printed(piece)
            self._waiting[command.name] = waiting
        self.phase(command.phase)
        self.ordered.add(command.name)
        self.keep()
        self._tell(lambda gateway: gateway.order("run", command))
        if following is not None:
            self.prepare(following)
        while not waiting.ended.wait(0.5):
            if self.attempts.is_stopping:
                raise WaitingError("the server stops", fix="start it again: it finds the run where it is")
            if self.pid is not None and not is_alive(self.pid, self.began_at) and not waiting.ended.wait(1.0):
                raise GoneError("the run's supervisor has ended")
        if waiting.end is None:
            raise NotRunError(waiting.error or "the supervisor could not run the command")
        return waiting.end

    def prepare(self, command: Command) -> None:
        """Let the supervisor, as soon as it is there, make the sandbox of a command that comes next."""
        self._next = command
        gateway = self._gateway
        if gateway is not None:
            self._order_next(gateway)

    def keep(self) -> None:
        """Write what the next server needs to take the attempt up again."""
        tokens = (self._token.reveal(), self.state_token.reveal())
        until, ordered = self.parts.authority.own_until, tuple(sorted(self.ordered))
        record = AttemptRecord(self.lease, *tokens, self.pid or 0, self.began_at, ordered, until)
        write_record(self.folder / RECORD, record)

    def phase(self, name: str) -> None:
        """Tell the gateway the phase."""
        self._change(phase=name)
        self._tell(lambda gateway: gateway.phase(name))

    def sleep(self, reason: str) -> None:
        """Let the gateway sign nothing until `wake`."""
        self._change(asleep=reason)
        self._tell(lambda gateway: gateway.asleep(reason))

    def wake(self) -> None:
        """Let the gateway sign again."""
        self._change(asleep=None)
        self._tell(lambda gateway: gateway.awake())

    def kill(self, reason: str) -> None:
        """Cut the gateway's calls for good, and interrupt what works. Called again, it does nothing."""
        if self.killed_because is not None:
            return
        self.killed_because = reason
        self._change(killed=reason)
        gateway = self._gateway
        if gateway is not None:
            with contextlib.suppress(AuthorityGoneError):
                gateway.killed(reason)
        self.interrupt()

    def interrupt(self) -> None:
        """Interrupt what works: once, again after the grace, then kill it. Called again meanwhile, it does nothing."""
        with self._lock:
            if self.interrupts:
                return
            self.interrupts = 1
        threading.Thread(target=self._stop_command, name="leastway-interrupt", daemon=True).start()

    def arrived(self, gateway: Connected) -> None:
        """The supervisor has dialed."""
        self._gateway, self.has_come = gateway, True
        self._order_next(gateway)
        self._came.set()

    def left(self, gateway: Connected) -> None:
        """Its connection is lost; it dials again if it lives."""
        if self._gateway is gateway:
            self._came.clear()
            self._gateway = None

    def reported(self, name: str, value: Any, body: bytes) -> None:
        """Hear about a command: what it prints, and its end."""
        command = value.get("name") if isinstance(value, dict) else value
        if not isinstance(command, str):
            return
        with self._hearing:
            waiting = self._waiting.get(command)
            if name == "printed":
                if waiting is None:  # it was printed while no server was there; its step comes soon
                    self._early.setdefault(command, []).append(body)
                else:
                    waiting.printed(body)
                return
        if waiting is None:
            return
        match name:
            case "ended":
                waiting.end = CommandEnd(int(value["code"]), str(value["ended"]), body)
                waiting.ended.set()
            case "failed":
                waiting.error = str(value.get("what"))
                waiting.ended.set()
            case _:
                _log.warning("a supervisor reports %r, which is not known", name)

    def dismiss(self) -> None:
        """Let the supervisor end: no command follows, and what is left to do needs it no more."""
        gateway = self._gateway
        if gateway is not None:
            with contextlib.suppress(LeastwayError):
                gateway.order("end", None)

    def close(self) -> None:
        """End the attempt: its supervisor and its authority."""
        self.dismiss()
        self.attempts.forget(self)
        self.parts.authority.close()
        self.journal.flush()

    def _stop_command(self) -> None:
        grace = self.attempts.grace
        for count, order in ((1, "interrupt"), (2, "interrupt"), (3, "kill")):
            self.interrupts = count
            with contextlib.suppress(LeastwayError):
                self._tell(lambda gateway, order=order: gateway.order(order, None))  # type: ignore[misc]
            until = threading.Event()
            for waiting in list(self._waiting.values()):
                if not waiting.ended.is_set():
                    until = waiting.ended
            if until.wait(grace):
                return

    def _order_next(self, gateway: Connected) -> None:
        command, self._next = self._next, None
        if command is not None:
            with contextlib.suppress(LeastwayError):  # without it, the sandbox is made later
                gateway.order("prepare", command)

    def _change(self, **values: Any) -> None:
        with self._lock:
            self._terms = replace(self._terms or self.parts.terms, **values)

    def _tell(self, tell: Callable[[Connected], None]) -> None:
        """Tell the supervisor something, and wait for it to dial again if it was lost meanwhile. Errors: GoneError."""
        for _ in range(3):
            if not self._came.wait(_RETURNS_WITHIN):
                break
            gateway = self._gateway
            if gateway is None:
                continue
            try:
                tell(gateway)
            except AuthorityGoneError:
                continue
            return
        self.is_given_up = not self.has_come
        raise GoneError(
            "the run's supervisor does not answer" if self.has_come else "the run's supervisor did not connect"
        )
