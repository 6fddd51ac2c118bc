"""Kill switches in the database, and the generation by which every process notices a change.

A hand-out holds `generation_for_hand_out` until it commits, and a change waits for that: a hand-out that commits after
a switch has seen it. On SQLite the one writer gives the same order. On PostgreSQL it is an advisory lock and not
`SELECT ... FOR SHARE`, because hand-outs of several processes overlap without a pause: row locks would let them pass a
waiting change again and again, and advisory locks queue.
Source: PostgreSQL, "Explicit Locking", "Advisory Locks".
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from leastway.errors import LeastwayError
from leastway.primitives import advisory_key
from leastway.sessions import KillSwitch, Scope
from leastway.store.driver import execute_in_sqlite
from leastway.store.platform_schema import kill_switches, switch_generation

__all__ = ["CHANNEL", "Switches"]

CHANNEL = "leastway_switches"
"""The channel on which PostgreSQL tells every process."""
_LOCK = advisory_key("kill switches")
_GENERATION = f"SELECT generation FROM {switch_generation.name}"  # noqa: S608 - a name of our own
"""Written for the driver: each batch of hand-outs asks this, and SQLAlchemy would take longer than the database."""


class Switches:
    """Kill switches, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def generation(self) -> int:
        """Return the generation. Errors: LeastwayError if the database has none, which means that nothing is known."""
        if self._is_shared:
            found = self._connection.exec_driver_sql(_GENERATION).one_or_none()
        else:
            found = execute_in_sqlite(self._connection, _GENERATION).fetchone()
        if found is None:
            raise LeastwayError(
                "the generation of the kill switches is missing from the database",
                fix="restore the database from a backup; until then nothing is handed out",
            )
        return int(found[0])

    def generation_for_hand_out(self) -> int:
        """Return the generation, which does not change before this transaction ends."""
        if self._is_shared:
            self._connection.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))
        return self.generation()

    def raise_generation(self) -> None:
        """Make every process look again before its next hand-out.

        For every change that a hand-out must see: a switch, the roles or the credential of an account, a user, a token.
        """
        if self._is_shared:
            self._connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        raised = update(switch_generation).values(generation=switch_generation.c.generation + 1)
        if not self._connection.execute(raised).rowcount:
            self.generation()  # raises
        if self._is_shared:
            self._connection.execute(select(func.pg_notify(CHANNEL, "")))

    def on(self) -> tuple[KillSwitch, ...]:
        """Return every switch that is on, the oldest first."""
        query = select(kill_switches).where(kill_switches.c.off_at.is_(None)).order_by(kill_switches.c.on_at)
        return tuple(map(_switch, self._connection.execute(query)))

    def of(self, organization: str) -> tuple[KillSwitch, ...]:
        """Return the switches that concern an organization, on or off, the newest first."""
        mine = or_(kill_switches.c.organization == organization, kill_switches.c.organization.is_(None))
        query = select(kill_switches).where(mine).order_by(kill_switches.c.on_at.desc())
        return tuple(map(_switch, self._connection.execute(query)))

    def every(self) -> tuple[KillSwitch, ...]:
        """Return all switches, on or off, the newest first."""
        query = select(kill_switches).order_by(kill_switches.c.on_at.desc())
        return tuple(map(_switch, self._connection.execute(query)))

    def find(self, identifier: str) -> KillSwitch | None:
        """Return a switch, on or off, or None."""
        row = self._connection.execute(select(kill_switches).where(kill_switches.c.id == identifier)).first()
        return None if row is None else _switch(row)

    def turn_on(self, switch: KillSwitch) -> None:
        """Store a switch that is on."""
        values = {
            "id": switch.id,
            "scope": switch.scope.value,
            "organization": switch.organization,
            "target": switch.target,
            "reason": switch.reason,
            "on_at": switch.on_at,
            "on_by": switch.on_by,
        }
        self.raise_generation()
        self._connection.execute(insert(kill_switches), values)

    def turn_off(self, identifier: str, *, at: datetime, by: str) -> KillSwitch | None:
        """Turn a switch off, and return it; None if it is unknown or off already."""
        self.raise_generation()
        found = self.find(identifier)
        if found is None or not found.is_on:
            return None
        off = update(kill_switches).where(kill_switches.c.id == identifier).values(off_at=at, off_by=by)
        self._connection.execute(off)
        return found

    @property
    def _is_shared(self) -> bool:
        return self._connection.dialect.name == "postgresql"


def _switch(row: Row[tuple[object, ...]]) -> KillSwitch:
    return KillSwitch(
        row.id,
        Scope(row.scope),
        row.organization,
        row.target,
        row.reason,
        row.on_at,
        row.on_by,
        row.off_at,
        row.off_by,
    )
