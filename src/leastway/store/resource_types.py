"""The resource types, classes and drivers of organizations in the database; those that every one has are not here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from leastway.registry import ResourceClass, ResourceDriver, ResourceType
from leastway.store.definition_schema import resource_classes, resource_drivers, resource_types

__all__ = ["ResourceTypes"]


class ResourceTypes:
    """Types, classes and drivers, within one transaction. Whoever calls writes the audit entry.

    What exists already is a ConflictError of the transaction; the results say whether an object existed.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def types(self, organization: str) -> tuple[ResourceType, ...]:
        """Return the organization's own types, by id."""
        return tuple(map(_type, self._all(resource_types, organization)))

    def find_type(self, organization: str, identifier: str) -> ResourceType | None:
        """Return one of the organization's own types."""
        row = self._row(resource_types, organization=organization, id=identifier)
        return None if row is None else _type(row)

    def add_type(self, organization: str, added: ResourceType) -> None:
        """Store a new type."""
        self._connection.execute(
            insert(resource_types), {"organization": organization, "id": added.id, **_type_values(added)}
        )

    def update_type(self, organization: str, changed: ResourceType) -> bool:
        """Replace a type."""
        return self._update(resource_types, _type_values(changed), organization=organization, id=changed.id)

    def delete_type(self, organization: str, identifier: str) -> bool:
        """Delete a type and its classes."""
        self._delete(resource_classes, organization=organization, type=identifier)
        return self._delete(resource_types, organization=organization, id=identifier)

    def classes(self, organization: str) -> tuple[ResourceClass, ...]:
        """Return the classes of all types, by type and id."""
        found = map(_class, self._all(resource_classes, organization))
        return tuple(sorted(found, key=lambda one: (one.type, one.id)))

    def find_class(self, organization: str, type_id: str, identifier: str) -> ResourceClass | None:
        """Return a class of a type."""
        row = self._row(resource_classes, organization=organization, type=type_id, id=identifier)
        return None if row is None else _class(row)

    def add_class(self, organization: str, added: ResourceClass) -> None:
        """Store a new class."""
        values = {
            "organization": organization,
            "type": added.type,
            "id": added.id,
            "description": added.description,
            "created_at": added.created_at,
            "created_by": added.created_by,
        }
        self._connection.execute(insert(resource_classes), values)

    def describe_class(self, organization: str, type_id: str, identifier: str, description: str) -> bool:
        """Replace the description of a class."""
        return self._update(
            resource_classes, {"description": description}, organization=organization, type=type_id, id=identifier
        )

    def delete_class(self, organization: str, type_id: str, identifier: str) -> bool:
        """Delete a class."""
        return self._delete(resource_classes, organization=organization, type=type_id, id=identifier)

    def drivers(self, organization: str) -> tuple[ResourceDriver, ...]:
        """Return the organization's own drivers, by id."""
        return tuple(map(_driver, self._all(resource_drivers, organization)))

    def find_driver(self, organization: str, identifier: str) -> ResourceDriver | None:
        """Return one of the organization's own drivers."""
        row = self._row(resource_drivers, organization=organization, id=identifier)
        return None if row is None else _driver(row)

    def add_driver(self, added: ResourceDriver) -> None:
        """Store a new driver."""
        values = {"organization": added.organization, "id": added.id, **_driver_values(added)}
        self._connection.execute(insert(resource_drivers), values)

    def update_driver(self, changed: ResourceDriver) -> bool:
        """Replace a driver."""
        place = {"organization": changed.organization, "id": changed.id}
        return self._update(resource_drivers, _driver_values(changed), **place)

    def delete_driver(self, organization: str, identifier: str) -> bool:
        """Delete a driver."""
        return self._delete(resource_drivers, organization=organization, id=identifier)

    def _all(self, table: Table, organization: str) -> Iterator[Row[tuple[Any, ...]]]:
        query = select(table).where(table.c.organization == organization).order_by(table.c.id)
        yield from self._connection.execute(query)

    def _row(self, table: Table, **place: str) -> Row[tuple[Any, ...]] | None:
        return self._connection.execute(select(table).filter_by(**place)).first()

    def _update(self, table: Table, values: dict[str, Any], **place: str) -> bool:
        return bool(self._connection.execute(update(table).filter_by(**place).values(values)).rowcount)

    def _delete(self, table: Table, **place: str) -> bool:
        return bool(self._connection.execute(delete(table).filter_by(**place)).rowcount)


def _class(row: Row[tuple[Any, ...]]) -> ResourceClass:
    return ResourceClass(row.type, row.id, row.description, row.created_at, row.created_by)


def _type(row: Row[tuple[Any, ...]]) -> ResourceType:
    schemas = (json.loads(row.inputs_schema), json.loads(row.outputs_schema))
    return ResourceType(row.id, row.name, row.use, row.category, *schemas)


def _type_values(kept: ResourceType) -> dict[str, Any]:
    return {
        "name": kept.name,
        "use": kept.use,
        "category": kept.category,
        "inputs_schema": json.dumps(kept.inputs_schema),
        "outputs_schema": json.dumps(kept.outputs_schema),
    }


def _driver(row: Row[tuple[Any, ...]]) -> ResourceDriver:
    return ResourceDriver(
        row.organization,
        row.id,
        row.type,
        tuple(json.loads(row.account_types)),
        json.loads(row.inputs_schema),
        row.target,
        json.loads(row.template),
    )


def _driver_values(kept: ResourceDriver) -> dict[str, Any]:
    return {
        "type": kept.type,
        "account_types": json.dumps(kept.account_types),
        "inputs_schema": json.dumps(kept.inputs_schema),
        "target": kept.target,
        "template": json.dumps(kept.template),
    }
