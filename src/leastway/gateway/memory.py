"""The authority in memory: the double for tests of the gateway and of what asks it."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from leastway.gateway.authority import (
    AuthorityGoneError,
    CallEntry,
    CallOutcome,
    RefusedError,
    SessionAsk,
    StateAnswer,
    StateRequest,
)
from leastway.ports import CallerIdentity, IssuedSession

__all__ = ["MemoryAuthority"]


@dataclass
class MemoryAuthority:
    """Keeps what it was asked. `issue` makes sessions; `state_answer` answers the backend; `gone` plays a dead server.

    `refusals` are reasons for which the next entries are refused, in order.
    """

    issue: Callable[[SessionAsk], IssuedSession]
    caller: CallerIdentity | None = None
    state_answer: Callable[[StateRequest], StateAnswer] = lambda _request: StateAnswer(404)
    gone: bool = False
    refusals: list[str] = field(default_factory=list)
    asks: list[SessionAsk] = field(default_factory=list)
    entries: list[CallEntry] = field(default_factory=list)
    outcomes: list[CallOutcome] = field(default_factory=list)
    renewals: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def session(self, ask: SessionAsk) -> IssuedSession:
        """Issue a session."""
        self._need()
        with self._lock:
            self.asks.append(ask)
        return self.issue(ask)

    def identity(self, region: str) -> CallerIdentity:
        """Return the caller."""
        self._need()
        if self.caller is None:
            raise RefusedError("the account keeps no access key")
        return self.caller

    def enter(self, entry: CallEntry) -> None:
        """Keep the entry, unless it is to be refused."""
        self._need()
        with self._lock:
            if self.refusals:
                raise RefusedError(self.refusals.pop(0))
            self.entries.append(entry)

    def begin_entry(self, entry: CallEntry) -> Callable[[], None]:
        """Keep the entry, unless it is to be refused, when it is waited for."""
        return functools.partial(self.enter, entry)

    def answered(self, outcome: CallOutcome) -> None:
        """Keep the outcome."""
        with self._lock:
            self.outcomes.append(outcome)

    def state(self, request: StateRequest) -> StateAnswer:
        """Answer the backend."""
        self._need()
        return self.state_answer(request)

    def renew(self) -> None:
        """Count the renewal."""
        self._need()
        with self._lock:
            self.renewals += 1

    def _need(self) -> None:
        if self.gone:
            raise AuthorityGoneError("leastway's server cannot be reached, so nothing is signed")
