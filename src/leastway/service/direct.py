"""Kill switches for who administers the server's machine: on the database itself, whether the server answers or not.

Running servers notice the change as if it came from another process. Only from here can everything be stopped, or a
role in every organization.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leastway.audit import SERVER
from leastway.broker import Gate, Switched, Switching
from leastway.broker.recording import server_entry
from leastway.errors import LeastwayError
from leastway.primitives import SystemClock
from leastway.service.settings import ServerSettings
from leastway.sessions import KillSwitch, Scope
from leastway.store import PlatformStore, open_platform_store

__all__ = ["DirectSwitches", "open_switches"]

_ADMINISTRATOR = "administrator"


@contextmanager
def open_switches(settings: ServerSettings) -> Iterator[DirectSwitches]:
    """Open the kill switches of a server's database. Errors: LeastwayError."""
    if not settings.is_shared and not (settings.data / "leastway.db").exists():
        raise LeastwayError(
            "this folder has no server's database",
            where=str(settings.data),
            fix="give the server's --data or --database",
        )
    with open_platform_store(settings.where) as store:
        yield DirectSwitches(store)


@dataclass(frozen=True, slots=True)
class DirectSwitches:
    """The switches in a database."""

    _store: PlatformStore

    def every(self) -> tuple[KillSwitch, ...]:
        """Return all switches, the newest first."""
        with self._store.reading() as transaction:
            return transaction.switches.every()

    def turn_on(self, scope: Scope, *, organization: str | None, target: str | None, reason: str) -> Switched:
        """Turn a switch on. Errors: InvalidInputError; LeastwayError if the database cannot be written."""
        made = self._switching().turn_on(
            scope,
            organization=organization,
            target=target,
            reason=reason,
            by=_ADMINISTRATOR,
            enter=server_entry(organization or SERVER),
        )
        if not made.is_durable:
            raise LeastwayError(
                "the kill switch could not be stored", fix="stop the server's processes, then try again"
            )
        return made

    def turn_off(self, identifier: str) -> KillSwitch:
        """Turn a switch off, with an entry in the log that has the one of turning it on. Errors: LeastwayError."""
        with self._store.reading() as transaction:
            found = transaction.switches.find(identifier)
        enter = server_entry(SERVER if found is None else found.organization or SERVER)
        off = self._switching().turn_off(identifier, organization=None, by=_ADMINISTRATOR, enter=enter)
        if off is None:
            raise LeastwayError(f"kill switch {identifier!r} does not exist or is off already", fix="list them first")
        return off

    def _switching(self) -> Switching:
        return Switching(self._store, Gate(self._store), SystemClock())
