"""The gate: no credential leaves unless the kill switches were read in the transaction that records it.

1. A request that a switch in memory stops is refused at once, without database or log.
2. The ledger's transaction reads the generation (`before_batch`); if it differs, the switches are read again.
3. In that transaction, and before the commit, each hand-out is checked once more (`check`).

A switch that cannot be read means refused. Whoever turns a switch on here can hold it in memory while the database
cannot be written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.sessions import KillSwitch, Subject, SwitchesOn
from leastway.store import PlatformStore, Transaction

__all__ = ["Gate", "StaleError", "StoppedError", "SwitchesUnknownError"]


_WHO_TURNS_OFF = "ask an owner of the organization, who can turn it off (leastway kill list)"
_ADMINISTRATORS = (
    "ask who administers the server: it is not of one organization, and only they can turn it off, on its machine "
    "(leastway kill off ID --direct)"
)


class StoppedError(LeastwayError):
    """A kill switch stops the request."""

    def __init__(self, switch: KillSwitch) -> None:
        super().__init__(
            f"a kill switch stops {switch.what}, on since {switch.on_at:%Y-%m-%d %H:%M:%S} UTC: {switch.reason}",
            fix=_WHO_TURNS_OFF if switch.organization is not None else _ADMINISTRATORS,
        )
        self.switch = switch


class SwitchesUnknownError(LeastwayError):
    """The kill switches could not be read, so nothing may leave."""


class StaleError(LeastwayError):
    """Something that the hand-out rests on has changed meanwhile: it is decided again."""


@dataclass(frozen=True, slots=True)
class _Known:
    generation: int
    switches: tuple[KillSwitch, ...]


class Gate:
    """The kill switches of this process. Thread-safe; reading takes no lock."""

    def __init__(self, store: PlatformStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._held: tuple[KillSwitch, ...] = ()
        self._on = SwitchesOn()
        self._listeners: list[Callable[[SwitchesOn], None]] = []

    @property
    def generation(self) -> int:
        """The generation that this process knows; 0 before the first reading."""
        known = self._known
        return known.generation if known is not None else 0

    @property
    def on(self) -> tuple[KillSwitch, ...]:
        """Every switch that is on, as far as this process knows."""
        return self._on.all

    @property
    def held(self) -> tuple[KillSwitch, ...]:
        """The switches that are on in the memory of this process alone."""
        return self._held

    def listen(self, changed: Callable[[SwitchesOn], None]) -> None:
        """Call back with all switches that are on: now, and after each change of anything that a hand-out rests on."""
        self._listeners.append(changed)
        changed(self._on)

    def check(self, lineage: Iterable[Subject]) -> None:
        """Refuse what a switch stops, from memory.

        Errors: StoppedError; SwitchesUnknownError before the switches were read.
        """
        if (on := self._on) and (switch := on.first_to_stop(lineage)) is not None:
            raise StoppedError(switch)
        if self._known is None:
            raise SwitchesUnknownError(
                "the kill switches have not been read yet", fix="check that the server reaches its database"
            )

    def before_batch(self, transaction: Transaction) -> None:
        """Read the switches again if they changed, before the entries of hand-outs are decided.

        Errors: SwitchesUnknownError, which refuses all of them.
        """
        try:
            generation = transaction.switches.generation_for_hand_out()
            if generation != self.generation:
                self._learn(_Known(generation, transaction.switches.on()))
        except Exception as error:
            raise SwitchesUnknownError(
                "nothing is handed out, because the kill switches cannot be read",
                fix="check that the server reaches its database",
            ) from error

    def look(self) -> None:
        """Read the switches if they changed. Errors: LeastwayError if the store cannot be read."""
        with self._store.reading() as transaction:
            generation = transaction.switches.generation()
            if generation != self.generation:
                self._learn(_Known(generation, transaction.switches.on()))

    def hold(self, switch: KillSwitch) -> None:
        """Turn a switch on in the memory of this process, at once."""
        with self._lock:
            self._held = (*(one for one in self._held if one.id != switch.id), switch)
            self._join()
        self._tell()

    def release(self, identifier: str) -> None:
        """Forget a switch that is held in memory, e.g. because the database has it now."""
        with self._lock:
            self._held = tuple(one for one in self._held if one.id != identifier)
            self._join()

    def _learn(self, known: _Known) -> None:
        with self._lock:
            if self._known is not None and known.generation < self._known.generation:
                return  # another thread has read a newer state
            self._known = known
            self._join()
        self._tell()

    def _join(self) -> None:
        """Put together what is on. Called with the lock."""
        self._on = SwitchesOn(self._held + (self._known.switches if self._known is not None else ()))

    def _tell(self) -> None:
        for changed in self._listeners:
            changed(self._on)
