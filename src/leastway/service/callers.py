"""Callers in memory, so that a hand-out need not read the store for its token.

What is remembered counts for one generation of the gate: the hand-out's own transaction reads the generation, and every
change of a user or token raises it. A token that was revoked is therefore refused by the next hand-out of each process.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from leastway.broker import Gate
from leastway.errors import LeastwayError
from leastway.primitives import Clock, Secret
from leastway.service.caller import Called, Caller, UnauthenticatedError, authenticate
from leastway.store import PlatformStore
from leastway.tenants import Token, User, token_digest

__all__ = ["KnownCallers"]

_MOST = 10_000
_PATIENCE = 2.0
"""Seconds for the store to say who turns a kill switch on, if memory knows: it may be beyond a broken network."""
_MOST_FINDING = 8


class KnownCallers:
    """The users and tokens that were valid in the current generation. Thread-safe."""

    def __init__(self, store: PlatformStore, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._known: dict[bytes, tuple[int, User, Token]] = {}
        self._finding = ThreadPoolExecutor(_MOST_FINDING, "leastway-callers")

    def remembered(self, token: Secret, called: Called) -> Caller | None:
        """Return who holds a token, from memory. Errors: UnauthenticatedError if it has expired."""
        known = self._known.get(token_digest(token.reveal()))
        if known is None or known[0] != self._gate.generation:
            return None
        return self._valid(known, called)

    def find(self, token: Secret, called: Called) -> Caller:
        """Return who holds a token. Errors: UnauthenticatedError; LeastwayError if the store cannot be read."""
        generation = self._gate.generation
        with self._store.reading() as transaction:
            caller = authenticate(transaction, token, called)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[token_digest(token.reveal())] = (generation, caller.user, caller.token)
        return caller

    def forget(self, token: Secret) -> None:
        """Read the store for this token the next time."""
        self._known.pop(token_digest(token.reveal()), None)

    def find_to_stop(self, token: Secret, called: Called) -> Caller:
        """Return who holds a token, from memory alone while the store is not read soon: to turn a kill switch on."""
        if (known := self._known.get(token_digest(token.reveal()))) is None:
            return self.find(token, called)
        found = self._finding.submit(self.find, token, called)
        try:
            return found.result(_PATIENCE)
        except UnauthenticatedError:
            raise
        except (LeastwayError, TimeoutError):
            found.cancel()
            return self._valid(known, called)

    def close(self) -> None:
        """Wait for what reads the store."""
        self._finding.shutdown(cancel_futures=True)

    def _valid(self, known: tuple[int, User, Token], called: Called) -> Caller:
        _, user, token = known
        if not token.is_valid(self._clock.now()):
            raise UnauthenticatedError("the token is not valid", fix="use a token that has not expired")
        return Caller(user, token, called)
