"""The broker's sessions in the database: who holds what until when. The credentials themselves are never here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from leastway.sessions import Session
from leastway.store.platform_schema import broker_sessions

__all__ = ["BrokerSessions"]


class BrokerSessions:
    """Sessions, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: Session) -> None:
        """Store a session that was just made."""
        names = [column.name for column in broker_sessions.c]
        self._connection.execute(insert(broker_sessions), {name: getattr(session, name) for name in names})

    def of(self, organization: str, now: datetime) -> tuple[Session, ...]:
        """Return the sessions of an organization that have not expired, the newest first."""
        mine = (broker_sessions.c.organization == organization, broker_sessions.c.expires_at > now)
        query = select(broker_sessions).where(*mine).order_by(broker_sessions.c.issued_at.desc())
        return tuple(map(_session, self._connection.execute(query)))

    def unexpired(self, now: datetime) -> tuple[Session, ...]:
        """Return the sessions of all organizations that have not expired."""
        query = select(broker_sessions).where(broker_sessions.c.expires_at > now)
        return tuple(map(_session, self._connection.execute(query)))

    def hand_out(self, session: str, at: datetime) -> None:
        """Record that the credentials of a session leave the server, if this is not recorded yet."""
        first = (broker_sessions.c.id == session, broker_sessions.c.handed_out_at.is_(None))
        self._connection.execute(update(broker_sessions).where(*first).values(handed_out_at=at))

    def end(self, sessions: Iterable[str], at: datetime, because: str) -> None:
        """Record that the broker no longer uses these sessions, unless they have ended already."""
        for one in sessions:
            open_one = (broker_sessions.c.id == one, broker_sessions.c.ended_at.is_(None))
            self._connection.execute(
                update(broker_sessions).where(*open_one).values(ended_at=at, ended_because=because)
            )

    def forget(self, before: datetime) -> None:
        """Remove the sessions that expired before a time. The audit log keeps what was handed out."""
        self._connection.execute(delete(broker_sessions).where(broker_sessions.c.expires_at < before))


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(
        row.id,
        row.organization,
        row.account,
        row.definition,
        row.parent,
        row.role,
        row.session_name,
        row.access_key_id,
        row.issued_at,
        row.expires_at,
        row.handed_out_at,
        row.ended_at,
        row.ended_because,
    )
