"""Resource definitions and their versions in the database, without their secrets, which are in `secrets`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, insert, select, update

from leastway.registry import (
    CoProvision,
    DefinitionVersion,
    DriverInputs,
    StoredCriterion,
    StoredDefinition,
    VersionAction,
)
from leastway.store.criteria import Criteria
from leastway.store.definition_schema import definition_versions, definitions
from leastway.store.switches import Switches

__all__ = ["Definitions"]

_VERSION: Final = definition_versions.c
_MOST_VALUES: Final = 500
"""Values in one query."""


class Definitions:
    """Definitions of organizations, within one transaction. Whoever calls writes the audit entry.

    A change is seen by the next hand-out of each process.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._criteria = Criteria(connection)

    def add(self, organization: str, identifier: str, first: DefinitionVersion) -> None:
        """Store a new definition with its version; one with this id that was deleted becomes the new one.

        An id or version that exists already is a ConflictError of the transaction.
        """
        values = {
            "organization": organization,
            "id": identifier,
            "active": first.number,
            "created_at": first.created_at,
            "created_by": first.created_by,
            "updated_at": None,
            "updated_by": None,
            "deleted_at": None,
        }
        deleted = (*_one(organization, identifier), definitions.c.deleted_at.is_not(None))
        if not self._connection.execute(update(definitions).where(*deleted).values(values)).rowcount:
            self._connection.execute(insert(definitions), values)
        self.add_version(organization, identifier, first)

    def all(
        self,
        organization: str,
        *,
        type_id: str | None = None,
        with_deleted: bool = False,
        after: str = "",
        most: int | None = None,
    ) -> Iterator[StoredDefinition]:
        """Yield the definitions of an organization, or of one type, by id: those behind `after`, at most `most`."""
        mine = (definitions.c.organization == organization, definitions.c.id > after)
        query = _query().where(*mine).order_by(definitions.c.id).limit(most)
        if not with_deleted:
            query = query.where(definitions.c.deleted_at.is_(None))
        if type_id is not None:
            query = query.where(_VERSION.type == type_id)
        rows = self._connection.execute(query).all()
        between = None if most is None or not rows else (rows[0].definition, rows[-1].definition)
        criteria = self._criteria.of_all(organization, between)
        for row in rows:
            yield _definition(row, criteria.get(row.definition, ()))

    def find(
        self, organization: str, identifier: str, *, with_deleted: bool = False, lock: bool = False
    ) -> StoredDefinition | None:
        """Return a definition of the organization; with `lock`, no other transaction changes it until this one ends."""
        mine = _one(organization, identifier)
        if lock:  # by itself: PostgreSQL would join the row that another transaction changed with its version before
            self._connection.execute(select(definitions.c.id).where(*mine).with_for_update())
        row = self._connection.execute(_query().where(*mine)).first()
        if row is None or (row.deleted_at is not None and not with_deleted):
            return None
        return _definition(row, self._criteria.of(organization, identifier))

    def activate(
        self, organization: str, identifier: str, version: DefinitionVersion, *, at: datetime, by: str
    ) -> None:
        """Use another version of a definition."""
        Switches(self._connection).raise_generation()
        values = {"active": version.number, "updated_at": at, "updated_by": by}
        self._connection.execute(update(definitions).where(*_one(organization, identifier)).values(values))

    def delete(self, organization: str, identifier: str, *, at: datetime) -> None:
        """Mark a definition as deleted, and remove its criteria: it stays to be read."""
        Switches(self._connection).raise_generation()
        self._criteria.remove_all(organization, identifier)
        self._connection.execute(update(definitions).where(*_one(organization, identifier)).values(deleted_at=at))

    def accounts(self, organization: str, account: str | None = None) -> Mapping[str, tuple[str, ...]]:
        """Return the accounts that definitions in use name, or one of them, each with the ids of these definitions."""
        query = (
            select(_VERSION.account, _VERSION.definition)
            .join_from(definitions, definition_versions, _IS_ACTIVE)
            .where(definitions.c.organization == organization, definitions.c.deleted_at.is_(None))
            .where(_VERSION.account != "" if account is None else _VERSION.account == account)
            .order_by(_VERSION.definition)
        )
        found: dict[str, list[str]] = {}
        for row in self._connection.execute(query):
            found.setdefault(row.account, []).append(row.definition)
        return {account: tuple(ids) for account, ids in found.items()}

    def active_versions(self, organization: str, identifiers: Iterable[str]) -> Mapping[str, str]:
        """Return the ids of the versions in use of these definitions, without those that are deleted or unknown."""
        asked = sorted(identifiers)
        found: dict[str, str] = {}
        query = select(_VERSION.definition, _VERSION.id).join_from(definitions, definition_versions, _IS_ACTIVE)
        query = query.where(definitions.c.organization == organization, definitions.c.deleted_at.is_(None))
        for start in range(0, len(asked), _MOST_VALUES):
            some = definitions.c.id.in_(asked[start : start + _MOST_VALUES])
            found.update((row.definition, row.id) for row in self._connection.execute(query.where(some)))
        return found

    def of_driver(self, organization: str, driver: str) -> tuple[str, ...]:
        """Return the ids of the definitions in use that have a driver."""
        return self._ids(organization, _VERSION.driver == driver)

    def of_type(self, organization: str, type_id: str) -> tuple[str, ...]:
        """Return the ids of the definitions in use of a resource type."""
        return self._ids(organization, _VERSION.type == type_id)

    def _ids(self, organization: str, condition: ColumnElement[bool]) -> tuple[str, ...]:
        query = (
            select(_VERSION.definition)
            .join_from(definitions, definition_versions, _IS_ACTIVE)
            .where(definitions.c.organization == organization, definitions.c.deleted_at.is_(None), condition)
            .order_by(_VERSION.definition)
        )
        return tuple(self._connection.scalars(query))

    def last_number(self, organization: str, identifier: str) -> int:
        """Return the number of the newest version, 0 if there is none."""
        query = select(func.max(_VERSION.number)).where(*_versions_of(organization, identifier))
        return int(self._connection.scalar(query) or 0)

    def add_version(self, organization: str, identifier: str, version: DefinitionVersion) -> None:
        """Store a new version, which is not used before `activate`."""
        inputs = version.inputs
        written = None if inputs is None else {key: value for key, value in asdict(inputs).items() if value is not None}
        provision = version.provision
        values = {
            "organization": organization,
            "definition": identifier,
            "number": version.number,
            "id": version.id,
            "name": version.name,
            "type": version.type,
            "driver": version.driver,
            "account": version.account,
            "inputs": None if written is None else json.dumps(written),
            "provision": None
            if provision is None
            else json.dumps({key: asdict(one) for key, one in provision.items()}),
            "in_place_driver_change": version.in_place_driver_change,
            "action": version.action.value,
            "is_archived": version.is_archived,
            "is_proposed": version.is_proposed,
            "secret_version": version.secret_version,
            "created_at": version.created_at,
            "created_by": version.created_by,
        }
        self._connection.execute(insert(definition_versions), values)

    def versions(
        self, organization: str, identifier: str, *, before: int | None = None, most: int | None = None
    ) -> tuple[DefinitionVersion, ...]:
        """Return versions, the newest first: those with a lower number than `before`, at most `most`."""
        query = select(definition_versions).where(*_versions_of(organization, identifier))
        if before is not None:
            query = query.where(_VERSION.number < before)
        rows = self._connection.execute(query.order_by(_VERSION.number.desc()).limit(most))
        return tuple(_version(row) for row in rows)

    def version(self, organization: str, identifier: str, version: str) -> DefinitionVersion | None:
        """Return one version by its id."""
        query = select(definition_versions).where(*_versions_of(organization, identifier), _VERSION.id == version)
        row = self._connection.execute(query).first()
        return None if row is None else _version(row)

    def set_state(
        self, organization: str, identifier: str, number: int, *, is_archived: bool, is_proposed: bool
    ) -> None:
        """Store whether a version is archived, and whether it is proposed."""
        Switches(self._connection).raise_generation()
        mine = (*_versions_of(organization, identifier), _VERSION.number == number)
        values = {"is_archived": is_archived, "is_proposed": is_proposed}
        self._connection.execute(update(definition_versions).where(*mine).values(values))

    def remove_versions(self, organization: str, identifier: str, numbers: Iterable[int]) -> None:
        """Remove versions that nothing uses."""
        mine = (*_versions_of(organization, identifier), _VERSION.number.in_(tuple(numbers)))
        self._connection.execute(delete(definition_versions).where(*mine))


_IS_ACTIVE: Final = and_(
    definitions.c.organization == _VERSION.organization,
    definitions.c.id == _VERSION.definition,
    definitions.c.active == _VERSION.number,
)


def _query() -> Select[tuple[Any, ...]]:
    own = definitions.c
    return select(
        definition_versions,
        *(own.created_at.label("began_at"), own.created_by.label("began_by")),
        *(own.updated_at, own.updated_by, own.deleted_at),
    ).join_from(definitions, definition_versions, _IS_ACTIVE)


def _one(organization: str, identifier: str) -> tuple[Any, ...]:
    return (definitions.c.organization == organization, definitions.c.id == identifier)


def _versions_of(organization: str, identifier: str) -> tuple[Any, ...]:
    return (_VERSION.organization == organization, _VERSION.definition == identifier)


def _definition(row: Row[tuple[Any, ...]], criteria: tuple[StoredCriterion, ...]) -> StoredDefinition:
    return StoredDefinition(
        organization=row.organization,
        id=row.definition,
        active=_version(row),
        criteria=criteria,
        created_at=row.began_at,
        created_by=row.began_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        deleted_at=row.deleted_at,
    )


def _version(row: Row[tuple[Any, ...]]) -> DefinitionVersion:
    provision = None if row.provision is None else json.loads(row.provision)
    return DefinitionVersion(
        id=row.id,
        number=row.number,
        name=row.name,
        type=row.type,
        driver=row.driver,
        account=row.account,
        inputs=None if row.inputs is None else DriverInputs(**json.loads(row.inputs)),
        provision=None if provision is None else {key: CoProvision(**one) for key, one in provision.items()},
        in_place_driver_change=row.in_place_driver_change,
        action=VersionAction(row.action),
        is_archived=row.is_archived,
        is_proposed=row.is_proposed,
        secret_version=row.secret_version,
        created_at=row.created_at,
        created_by=row.created_by,
    )
