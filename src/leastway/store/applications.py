"""Applications, environments and environment types in the database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from leastway.registry import Application, Environment, EnvironmentType
from leastway.store.application_schema import applications, environment_types, environments

__all__ = ["Applications", "EnvironmentTypes", "Environments"]


class EnvironmentTypes:
    """The types of environments of organizations, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, kind: EnvironmentType) -> None:
        """Store a new type. An id that the organization has already is a ConflictError of the transaction."""
        values = {"organization": kind.organization, "id": kind.id, "description": kind.description}
        self._connection.execute(insert(environment_types), values)

    def all(self, organization: str) -> tuple[EnvironmentType, ...]:
        """Return the types of an organization, by id."""
        table = environment_types
        rows = self._connection.execute(select(table).where(table.c.organization == organization).order_by(table.c.id))
        return tuple(EnvironmentType(row.organization, row.id, row.description) for row in rows)

    def find(self, organization: str, identifier: str, *, lock: bool = False) -> EnvironmentType | None:
        """Return a type; with `lock`, no other transaction changes or deletes it until this one ends."""
        table = environment_types
        query = select(table).where(table.c.organization == organization, table.c.id == identifier)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else EnvironmentType(row.organization, row.id, row.description)

    def update(self, kind: EnvironmentType) -> None:
        """Store the description of a type."""
        table = environment_types
        mine = (table.c.organization == kind.organization, table.c.id == kind.id)
        self._connection.execute(update(table).where(*mine).values(description=kind.description))

    def delete(self, organization: str, identifier: str) -> None:
        """Delete a type."""
        table = environment_types
        mine = (table.c.organization == organization, table.c.id == identifier)
        self._connection.execute(delete(table).where(*mine))


class Applications:
    """Applications of organizations, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, application: Application) -> None:
        """Store a new application. An id that the organization has already is a ConflictError of the transaction."""
        values = {
            "organization": application.organization,
            "id": application.id,
            "name": application.name,
            "created_at": application.created_at,
            "created_by": application.created_by,
        }
        self._connection.execute(insert(applications), values)

    def all(self, organization: str) -> tuple[Application, ...]:
        """Return the applications of an organization, by id."""
        query = select(applications).where(applications.c.organization == organization).order_by(applications.c.id)
        return tuple(map(_application, self._connection.execute(query)))

    def find(self, organization: str, application: str, *, lock: bool = False) -> Application | None:
        """Return an application; with `lock`, no other transaction changes or deletes it until this one ends."""
        query = select(applications).where(
            applications.c.organization == organization, applications.c.id == application
        )
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _application(row)

    def rename(self, organization: str, application: str, name: str) -> None:
        """Store the name of an application."""
        mine = (applications.c.organization == organization, applications.c.id == application)
        self._connection.execute(update(applications).where(*mine).values(name=name))

    def delete(self, organization: str, application: str) -> None:
        """Delete an application, which has no environments any more."""
        mine = (applications.c.organization == organization, applications.c.id == application)
        self._connection.execute(delete(applications).where(*mine))


class Environments:
    """Environments of applications, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, environment: Environment) -> None:
        """Store a new environment. An id that the application has already is a ConflictError of the transaction."""
        values = {
            "organization": environment.organization,
            "application": environment.application,
            "id": environment.id,
            "name": environment.name,
            "type": environment.type,
            "created_at": environment.created_at,
            "created_by": environment.created_by,
            "from_deployment": environment.from_deployment,
        }
        self._connection.execute(insert(environments), values)

    def all(self, organization: str, application: str | None = None) -> tuple[Environment, ...]:
        """Return the environments of an application, or of all applications, by application and id."""
        query = select(environments).where(environments.c.organization == organization)
        if application is not None:
            query = query.where(environments.c.application == application)
        rows = self._connection.execute(query.order_by(environments.c.application, environments.c.id))
        return tuple(map(_environment, rows))

    def of_type(self, organization: str, kind: str) -> tuple[Environment, ...]:
        """Return the environments of a type, by application and id."""
        query = select(environments).where(environments.c.organization == organization, environments.c.type == kind)
        rows = self._connection.execute(query.order_by(environments.c.application, environments.c.id))
        return tuple(map(_environment, rows))

    def find(self, organization: str, application: str, environment: str, *, lock: bool = False) -> Environment | None:
        """Return an environment; with `lock`, no other transaction changes or deletes it until this one ends."""
        query = select(environments).where(*_mine(organization, application, environment))
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _environment(row)

    def rename(self, organization: str, application: str, environment: str, name: str) -> None:
        """Store the name of an environment."""
        mine = _mine(organization, application, environment)
        self._connection.execute(update(environments).where(*mine).values(name=name))

    def rebase(self, organization: str, application: str, environment: str, deployment: str) -> None:
        """Store the deployment that the next one is based on."""
        mine = _mine(organization, application, environment)
        self._connection.execute(update(environments).where(*mine).values(from_deployment=deployment))

    def delete(self, organization: str, application: str, environment: str) -> None:
        """Delete an environment."""
        self._connection.execute(delete(environments).where(*_mine(organization, application, environment)))


def _mine(organization: str, application: str, environment: str) -> tuple[ColumnElement[bool], ...]:
    return (
        environments.c.organization == organization,
        environments.c.application == application,
        environments.c.id == environment,
    )


def _application(row: Row[tuple[object, ...]]) -> Application:
    return Application(row.organization, row.id, row.name, row.created_at, row.created_by)


def _environment(row: Row[tuple[object, ...]]) -> Environment:
    return Environment(**row._mapping)
