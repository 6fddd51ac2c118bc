"""Environment types of an organization: created, described and deleted, each with its audit entry."""

from __future__ import annotations

from dataclasses import replace

from leastway.registry import Environment, EnvironmentType
from leastway.service.caller import Caller, NotFoundError
from leastway.service.fields import check_description, check_short_id
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import ObjectKind, Permission

__all__ = [
    "HasEnvironmentsError",
    "create_environment_type",
    "delete_environment_type",
    "describe_environment_type",
    "read_environment_type",
    "read_environment_types",
    "require_environment_type",
]


class HasEnvironmentsError(ConflictError):
    """Environments have the type; `environments` are these."""

    def __init__(self, kind: str, environments: tuple[Environment, ...]) -> None:
        super().__init__(
            f"the environment type {kind!r} has {len(environments)} environments", fix="delete these first"
        )
        self.environments = environments


def read_environment_types(server: Server, caller: Caller, organization: str) -> tuple[EnvironmentType, ...]:
    """Return the environment types of the organization, by id."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return transaction.environment_types.all(organization)


def read_environment_type(server: Server, caller: Caller, organization: str, kind: str) -> EnvironmentType:
    """Return one environment type. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return require_environment_type(transaction, organization, kind)


def create_environment_type(
    server: Server, caller: Caller, organization: str, identifier: str, description: str
) -> EnvironmentType:
    """Create an environment type. Errors: InvalidInputError; ConflictError for an id that exists."""
    caller.need(Permission.OPERATE, organization)
    check_short_id(identifier)
    check_description(description)
    created = EnvironmentType(organization, identifier, description)
    try:
        with server.store.writing() as transaction:
            transaction.environment_types.add(created)
            transaction.audit.append(caller.entry(transaction.now, "environment-type.created", identifier, status=201))
    except ConflictError as error:
        raise ConflictError(
            f"the environment type {identifier!r} exists already", fix="choose another id, or change that type"
        ) from error
    return created


def describe_environment_type(
    server: Server, caller: Caller, organization: str, kind: str, description: str | None
) -> EnvironmentType:
    """Change the description of an environment type; None leaves it. Errors: NotFoundError; InvalidInputError."""
    caller.need(Permission.OPERATE, organization)
    if description is not None:
        check_description(description)
    with server.store.writing() as transaction:
        found = require_environment_type(transaction, organization, kind, lock=True)
        changed = found if description is None else replace(found, description=description)
        transaction.environment_types.update(changed)
        transaction.audit.append(caller.entry(transaction.now, "environment-type.updated", kind, status=200))
    return changed


def delete_environment_type(server: Server, caller: Caller, organization: str, kind: str) -> None:
    """Delete an environment type and the roles on it. Errors: NotFoundError; HasEnvironmentsError."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        require_environment_type(transaction, organization, kind, lock=True)
        if environments := transaction.environments.of_type(organization, kind):
            raise HasEnvironmentsError(kind, environments)
        transaction.object_roles.remove_object(organization, ObjectKind.ENVIRONMENT_TYPE, kind)
        transaction.environment_types.delete(organization, kind)
        transaction.audit.append(caller.entry(transaction.now, "environment-type.deleted", kind, status=204))


def require_environment_type(
    transaction: Transaction, organization: str, kind: str, *, lock: bool = False
) -> EnvironmentType:
    """Return an environment type. Errors: NotFoundError."""
    found = transaction.environment_types.find(organization, kind, lock=lock)
    if found is None:
        raise NotFoundError(
            f"environment type {kind!r} does not exist", fix="list the environment types of the organization"
        )
    return found
