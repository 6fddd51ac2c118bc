"""Sealed credentials in the database, in versions. The store cannot open them.

A version is never used twice for the same name, also after a deletion: the place of a credential is part of what is
sealed, so a copied row of a deleted account must have another place than any row of its successor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from leastway.ports import Holder, HolderKind, SealedSecret, SecretPlace, StoredSecret
from leastway.store.platform_schema import credential_versions, deleted_credentials

__all__ = ["Secrets"]

_COLUMNS = credential_versions.c


class Secrets:
    """Sealed credentials of accounts and definitions, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def next_version(self, holder: Holder) -> int:
        """Return the version that the next credential of the holder gets; `add` fails if another was faster."""
        deleted = [deleted_credentials.c[name] == value for name, value in _name(holder).items()]
        queries = (
            select(func.max(_COLUMNS.version)).where(*_of(holder)),
            select(deleted_credentials.c.version).where(*deleted),
        )
        return max(int(self._connection.scalar(query) or 0) for query in queries) + 1

    def add(self, sealed: SealedSecret, by: str) -> None:
        """Store a new version. A version that exists is a ConflictError of the transaction."""
        place = sealed.place
        values = {
            **_name(place.holder),
            "version": place.version,
            "wrapping_key": sealed.wrapping_key,
            "wrapped_key": sealed.wrapped_key,
            "nonce": sealed.nonce,
            "ciphertext": sealed.ciphertext,
            "created_at": self._now,
            "created_by": by,
            "retired_at": None,
        }
        self._connection.execute(insert(credential_versions), values)

    def sealed(self, place: SecretPlace) -> SealedSecret | None:
        """Return one version as it is stored, retired or not."""
        row = self._connection.execute(select(credential_versions).where(*_at(place))).first()
        return None if row is None else _sealed(row)

    def versions(self, holder: Holder) -> tuple[StoredSecret, ...]:
        """Return what is known about each version of the holder's credential, the oldest first."""
        query = select(credential_versions).where(*_of(holder)).order_by(_COLUMNS.version)
        return tuple(
            StoredSecret(_place(row), row.wrapping_key, row.created_at, row.created_by, row.retired_at)
            for row in self._connection.execute(query)
        )

    def retire(self, place: SecretPlace) -> bool:
        """Say that a version must not be used from now on; return whether it was in use until now."""
        used = (*_at(place), _COLUMNS.retired_at.is_(None))
        return bool(
            self._connection.execute(update(credential_versions).where(*used).values(retired_at=self._now)).rowcount
        )

    def delete_before(self, place: SecretPlace) -> int:
        """Delete the versions of the same holder that are older than this one; return how many there were."""
        older = (*_of(place.holder), _COLUMNS.version < place.version)
        return self._connection.execute(delete(credential_versions).where(*older)).rowcount

    def delete(self, holder: Holder) -> int:
        """Delete every version of the holder's credential, and keep the last number; return how many there were."""
        last = self.next_version(holder) - 1
        if last:
            make = postgresql.insert if self._connection.dialect.name == "postgresql" else sqlite.insert
            kept = make(deleted_credentials).values(**_name(holder), version=last)
            self._connection.execute(
                kept.on_conflict_do_update(index_elements=list(_name(holder)), set_={"version": last})
            )
        return self._connection.execute(delete(credential_versions).where(*_of(holder))).rowcount

    def wrapping_keys(self) -> Mapping[str, int]:
        """Return the id of each wrapping key that some version needs, and the number of these versions."""
        query = select(_COLUMNS.wrapping_key, func.count()).group_by(_COLUMNS.wrapping_key)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def not_wrapped_by(
        self, wrapping_key: str, most: int, after: SecretPlace | None = None
    ) -> tuple[SealedSecret, ...]:
        """Return at most that many versions that another wrapping key wraps, in order, the first behind `after`."""
        order = (_COLUMNS.organization, _COLUMNS.owner_kind, _COLUMNS.owner, _COLUMNS.version)
        query = select(credential_versions).where(_COLUMNS.wrapping_key != wrapping_key).order_by(*order).limit(most)
        if after is not None:
            holder = after.holder
            query = query.where(
                tuple_(*order) > tuple_(holder.organization, holder.kind.value, holder.id, after.version)
            )
        return tuple(map(_sealed, self._connection.execute(query)))

    def replace_wrapping(self, old: SealedSecret, new: SealedSecret) -> bool:
        """Store the same version with another wrapping; return False if it is no longer the one in `old`."""
        unchanged = (*_at(old.place), _COLUMNS.wrapping_key == old.wrapping_key, _COLUMNS.nonce == old.nonce)
        values = {"wrapping_key": new.wrapping_key, "wrapped_key": new.wrapped_key}
        return bool(self._connection.execute(update(credential_versions).where(*unchanged).values(values)).rowcount)


def _name(holder: Holder) -> dict[str, str]:
    return {"organization": holder.organization, "owner_kind": holder.kind.value, "owner": holder.id}


def _of(holder: Holder) -> tuple[ColumnElement[bool], ...]:
    return tuple(_COLUMNS[name] == value for name, value in _name(holder).items())


def _at(place: SecretPlace) -> tuple[ColumnElement[bool], ...]:
    return (*_of(place.holder), _COLUMNS.version == place.version)


def _place(row: Row[tuple[object, ...]]) -> SecretPlace:
    return SecretPlace(Holder(row.organization, HolderKind(row.owner_kind), row.owner), row.version)


def _sealed(row: Row[tuple[object, ...]]) -> SealedSecret:
    return SealedSecret(_place(row), row.wrapping_key, row.wrapped_key, row.nonce, row.ciphertext)
