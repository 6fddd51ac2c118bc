"""The criteria of resource definitions in the database. The same criterion twice for one type does not fit in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select

from leastway.registry import Criterion, StoredCriterion
from leastway.store.definition_schema import definition_criteria

__all__ = ["Criteria"]

_COLUMNS: Final = definition_criteria.c
_ORDER: Final = tuple(_COLUMNS[name] for name in ("class", "app_id", "env_id", "env_type", "res_id"))


class Criteria:
    """Criteria, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, organization: str, definition: str) -> tuple[StoredCriterion, ...]:
        """Return the criteria of a definition, by class and conditions."""
        query = select(definition_criteria).where(*_of(organization, definition)).order_by(*_ORDER)
        return tuple(map(_criterion, self._connection.execute(query)))

    def of_all(
        self, organization: str, between: tuple[str, str] | None = None
    ) -> Mapping[str, tuple[StoredCriterion, ...]]:
        """Return the criteria of every definition that has some; of those between two ids, both included."""
        query = select(definition_criteria).where(_COLUMNS.organization == organization).order_by(*_ORDER)
        if between is not None:
            query = query.where(_COLUMNS.definition.between(*between))
        found: dict[str, tuple[StoredCriterion, ...]] = {}
        for row in self._connection.execute(query):
            found[row.definition] = (*found.get(row.definition, ()), _criterion(row))
        return found

    def that_can_match(
        self, organization: str, *, application: str, environment: str, environment_type: str
    ) -> Iterator[tuple[str, str, StoredCriterion]]:
        """Yield the criteria whose conditions hold in an environment, each with its type and definition.

        Those on the class and the id of a resource are left open.
        """
        query = select(definition_criteria).where(
            _COLUMNS.organization == organization,
            _COLUMNS.app_id.in_(("", application)),
            _COLUMNS.env_id.in_(("", environment)),
            _COLUMNS.env_type.in_(("", environment_type)),
        )
        for row in self._connection.execute(query.order_by(_COLUMNS.definition, *_ORDER)):
            yield row.type, row.definition, _criterion(row)

    def of_type(self, organization: str, type_id: str) -> Iterator[tuple[str, StoredCriterion]]:
        """Yield the criteria of all definitions of a type, each with its definition."""
        mine = (_COLUMNS.organization == organization, _COLUMNS.type == type_id)
        for row in self._connection.execute(select(definition_criteria).where(*mine).order_by(*_ORDER)):
            yield row.definition, _criterion(row)

    def holder(self, organization: str, type_id: str, criterion: Criterion) -> str | None:
        """Return the definition of this type that has the criterion, if any."""
        query = select(_COLUMNS.definition).where(
            _COLUMNS.organization == organization,
            _COLUMNS.type == type_id,
            *(_COLUMNS[name] == value for name, value in _values(criterion).items()),
        )
        found: str | None = self._connection.scalar(query)
        return found

    def add(self, organization: str, definition: str, type_id: str, added: StoredCriterion) -> None:
        """Add a criterion. One that a definition of this type has already is a ConflictError of the transaction."""
        place = {"organization": organization, "id": added.id, "definition": definition, "type": type_id}
        self._connection.execute(insert(definition_criteria), place | _values(added.criterion))

    def remove(self, organization: str, definition: str, identifier: str) -> bool:
        """Remove a criterion; return whether it existed."""
        mine = (*_of(organization, definition), _COLUMNS.id == identifier)
        return bool(self._connection.execute(delete(definition_criteria).where(*mine)).rowcount)

    def remove_all(self, organization: str, definition: str) -> None:
        """Remove every criterion of a definition."""
        self._connection.execute(delete(definition_criteria).where(*_of(organization, definition)))


def _of(organization: str, definition: str) -> tuple[Any, ...]:
    return (_COLUMNS.organization == organization, _COLUMNS.definition == definition)


def _values(criterion: Criterion) -> dict[str, str]:
    return {
        "app_id": criterion.app_id,
        "env_id": criterion.env_id,
        "env_type": criterion.env_type,
        "res_id": criterion.res_id,
        "class": criterion.resource_class,
    }


def _criterion(row: Row[tuple[Any, ...]]) -> StoredCriterion:
    return StoredCriterion(row.id, Criterion.parse(dict(row._mapping)))
