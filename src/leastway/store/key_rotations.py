"""Keys of accounts that replace others, as far as the server got, in the database. No key is in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from leastway.store.platform_schema import key_rotations

__all__ = ["KeyRotations", "StoredRotation"]

_COLUMNS = key_rotations.c
OPEN, DONE, SUPERSEDED = "open", "done", "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRotation:
    """The rotation that made `version` the credential of an account, in place of `version_before`.

    `places` are the definitions and other accounts that had the previous key, each with how it stands: empty once it
    has the new key, else why a person must change it. `state` is open, done, or superseded by a later version.
    `next_at` is when it goes on.
    """

    organization: str
    account: str
    version: int
    version_before: int
    state: str
    places: dict[str, str] | None
    began_at: datetime
    began_by: str
    next_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.state == OPEN


class KeyRotations:
    """Rotations of organizations, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, began: StoredRotation) -> None:
        """Store a rotation that begins; an open one of the same account is superseded."""
        mine = (_COLUMNS.organization == began.organization, _COLUMNS.account == began.account)
        is_open = (*mine, _COLUMNS.state == OPEN)
        self._connection.execute(update(key_rotations).where(*is_open).values(state=SUPERSEDED))
        self._connection.execute(delete(key_rotations).where(*mine, _COLUMNS.version < began.version_before))
        values = {
            "organization": began.organization,
            "account": began.account,
            "version": began.version,
            "version_before": began.version_before,
            "state": began.state,
            "places": None,
            "began_at": began.began_at,
            "began_by": began.began_by,
            "next_at": began.next_at,
        }
        self._connection.execute(insert(key_rotations), values)

    def find(self, organization: str, account: str, version: int | None = None) -> StoredRotation | None:
        """Return the rotation that made a version, or the newest one."""
        mine = [_COLUMNS.organization == organization, _COLUMNS.account == account]
        if version is not None:
            mine.append(_COLUMNS.version == version)
        query = select(key_rotations).where(*mine).order_by(_COLUMNS.version.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else _rotation(row)

    def due(self, now: datetime) -> tuple[StoredRotation, ...]:
        """Return the open rotations of all organizations that can go on."""
        query = select(key_rotations).where(_COLUMNS.state == OPEN, _COLUMNS.next_at <= now)
        return tuple(map(_rotation, self._connection.execute(query)))

    def put_places(self, rotation: StoredRotation, places: dict[str, str]) -> None:
        """Store how each place stands."""
        self._update(rotation, places=json.dumps(places))

    def wait(self, rotation: StoredRotation, until: datetime) -> None:
        """Let a rotation go on at a time."""
        self._update(rotation, next_at=until)

    def end(self, rotation: StoredRotation) -> None:
        """End a rotation that is open; one that was superseded stays so."""
        self._update(rotation, state=DONE)

    def remove_all(self, organization: str, account: str) -> None:
        """Remove the rotations of an account that is deleted."""
        mine = (_COLUMNS.organization == organization, _COLUMNS.account == account)
        self._connection.execute(delete(key_rotations).where(*mine))

    def _update(self, rotation: StoredRotation, **values: Any) -> None:
        mine = (
            _COLUMNS.organization == rotation.organization,
            _COLUMNS.account == rotation.account,
            _COLUMNS.version == rotation.version,
            _COLUMNS.state == OPEN,
        )
        self._connection.execute(update(key_rotations).where(*mine).values(**values))


def _rotation(row: Row[tuple[Any, ...]]) -> StoredRotation:
    values = dict(row._mapping)
    return StoredRotation(**values | {"places": None if row.places is None else json.loads(row.places)})
