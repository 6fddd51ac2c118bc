"""How the broker enters what it does: the ledger that commits entries, and the caller that words them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from leastway.audit import Actor, Detail, Entry, Outcome
from leastway.sessions import Session

__all__ = ["AuditLedger", "Enter", "entry_of_hand_out", "server_entry"]


class AuditLedger(Protocol):
    """Commits audit entries, those of many requests in one transaction."""

    def submit(self, decide: Callable[[], Entry]) -> Future[Entry]:
        """Ask for an entry. `decide` runs in the transaction, after the gate has read the switches.

        The future has the entry once it is committed, or the error of `decide` or of the commit.
        """
        ...

    async def record(self, decide: Callable[[], Entry]) -> Entry:
        """Do what `submit` does, for a task."""
        ...

    def submit_later(self, entry: Entry) -> None:
        """Enter a refusal when the database can be written. Returns at once and never fails."""
        ...


class Enter(Protocol):
    """Words an entry for who asks: `service.Caller.entry`, or `server_entry`."""

    def __call__(
        self, at: datetime, action: str, target: str, *, status: int, outcome: Outcome = Outcome.DONE, **details: Detail
    ) -> Entry:
        """Return the entry. `status` is that of the HTTP answer."""
        ...


def server_entry(organization: str) -> Enter:
    """Return what words the entries of the server itself in the log of an organization."""

    def enter(
        at: datetime, action: str, target: str, *, status: int, outcome: Outcome = Outcome.DONE, **details: Detail
    ) -> Entry:
        return Entry(organization, at, Actor(), action, target, outcome, details)

    return enter


def entry_of_hand_out(enter: Enter, at: datetime, session: Session, **details: Detail) -> Entry:
    """Return the audit entry of a session that is handed out, with further details."""
    return enter(
        at,
        "credentials.handed-out",
        session.role,
        status=200,
        outcome=Outcome.DONE,
        account=session.account,
        session=session.id,
        session_name=session.session_name,
        access_key_id=session.access_key_id,
        expires_at=session.expires_at.isoformat(),
        definition=session.definition or "",
        **details,
    )
