"""Active resources and dependency graphs in the database."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from leastway.registry import ActiveResource, ActiveResourceStatus
from leastway.store.application_schema import active_resources

__all__ = ["ActiveResources"]


class ActiveResources:
    """Active resources of environments, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, resource: ActiveResource) -> None:
        """Store a resource, in place of the one with the same type, class and id."""
        self.remove(resource)
        self._connection.execute(insert(active_resources), _values(resource))

    def remove(self, resource: ActiveResource) -> None:
        """Remove a resource from the list; nothing is destroyed."""
        self._connection.execute(delete(active_resources).where(*_key(resource)))

    def schedule_deletion(self, resource: ActiveResource) -> ActiveResource:
        """Mark a resource for deletion, and return it."""
        changed = update(active_resources).where(*_key(resource)).values(is_scheduled_for_deletion=True)
        self._connection.execute(changed)
        return replace(resource, is_scheduled_for_deletion=True)

    def pin(self, resource: ActiveResource, version: str | None) -> ActiveResource:
        """Store the version of the definition that the next deployment uses, and return the resource."""
        changed = update(active_resources).where(*_key(resource)).values(target_version=version)
        self._connection.execute(changed)
        return replace(resource, target_version=version)

    def of_environment(self, organization: str, application: str, environment: str) -> tuple[ActiveResource, ...]:
        """Return the resources of an environment, by type, class and id."""
        table = active_resources
        place = (table.c.application == application, table.c.environment == environment)
        return self._found(organization, *place)

    def of_application(self, organization: str, application: str) -> tuple[ActiveResource, ...]:
        """Return the resources of all environments of an application."""
        return self._found(organization, active_resources.c.application == application)

    def of_definition(self, organization: str, definition: str) -> tuple[ActiveResource, ...]:
        """Return the resources that were provisioned from a definition."""
        return self._found(organization, active_resources.c.definition == definition)

    def of_account(self, organization: str, account: str) -> tuple[ActiveResource, ...]:
        """Return the resources that were provisioned with an account."""
        return self._found(organization, active_resources.c.account == account)

    def accounts(self, organization: str) -> frozenset[str]:
        """Return the accounts that resources were provisioned with."""
        table = active_resources
        query = select(table.c.account).where(table.c.organization == organization, table.c.account.is_not(None))
        return frozenset(self._connection.scalars(query.distinct()))

    def _found(self, organization: str, *conditions: ColumnElement[bool]) -> tuple[ActiveResource, ...]:
        table = active_resources
        query = select(table).where(table.c.organization == organization, *conditions)
        order = (table.c.application, table.c.environment, table.c.type, table.c["class"], table.c.id)
        return tuple(map(_resource, self._connection.execute(query.order_by(*order))))


def _key(resource: ActiveResource) -> tuple[ColumnElement[bool], ...]:
    table = active_resources
    return (
        table.c.organization == resource.organization,
        table.c.application == resource.application,
        table.c.environment == resource.environment,
        table.c.type == resource.type,
        table.c["class"] == resource.resource_class,
        table.c.id == resource.id,
    )


def _values(resource: ActiveResource) -> dict[str, object]:
    return {
        "organization": resource.organization,
        "application": resource.application,
        "environment": resource.environment,
        "type": resource.type,
        "class": resource.resource_class,
        "id": resource.id,
        "guresid": resource.guresid,
        "definition": resource.definition,
        "definition_version": resource.definition_version,
        "target_version": resource.target_version,
        "criterion": resource.criterion,
        "driver": resource.driver,
        "account": resource.account,
        "deployment": resource.deployment,
        "status": resource.status.value,
        "outputs": json.dumps(resource.outputs),
        "secret_refs": json.dumps(resource.secret_refs),
        "is_scheduled_for_deletion": resource.is_scheduled_for_deletion,
        "updated_at": resource.updated_at,
    }


def _resource(row: Row[tuple[object, ...]]) -> ActiveResource:
    return ActiveResource(
        organization=row.organization,
        application=row.application,
        environment=row.environment,
        type=row.type,
        resource_class=row._mapping[active_resources.c["class"]],
        id=row.id,
        guresid=row.guresid,
        definition=row.definition,
        definition_version=row.definition_version,
        target_version=row.target_version,
        criterion=row.criterion,
        driver=row.driver,
        account=row.account,
        deployment=row.deployment,
        status=ActiveResourceStatus(row.status),
        outputs=json.loads(row.outputs),
        secret_refs=json.loads(row.secret_refs),
        is_scheduled_for_deletion=row.is_scheduled_for_deletion,
        updated_at=row.updated_at,
    )
