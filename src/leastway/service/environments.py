"""Environments of an application: created, renamed and deleted, each with its audit entry.

Unlike Humanitec's, the last environment of an application can be deleted: its Terraform provider creates applications
without one. An environment with active resources is not deleted.
"""

from __future__ import annotations

from dataclasses import replace

from leastway.errors import InvalidInputError
from leastway.registry import Application, Deployment, Environment
from leastway.service.applications import (
    HasResourcesError,
    NewEnvironment,
    delete_work,
    require_application,
    stored_environment,
)
from leastway.service.caller import Caller, NotFoundError
from leastway.service.fields import check_name
from leastway.service.server import Server
from leastway.service.state import forget_states
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = [
    "create_environment",
    "delete_environment",
    "read_based_on",
    "read_environment",
    "read_environments",
    "rebase_environment",
    "rename_environment",
    "require_environment",
]


def read_environments(server: Server, caller: Caller, organization: str, application: str) -> tuple[Environment, ...]:
    """Return the environments of an application, by id. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_application(transaction, organization, application)
        return transaction.environments.all(organization, application)


def read_environment(
    server: Server, caller: Caller, organization: str, application: str, environment: str
) -> Environment:
    """Return one environment. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return require_environment(transaction, organization, application, environment)


def create_environment(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    new: NewEnvironment,
    from_deployment: str | None = None,
) -> Environment:
    """Create an environment. Errors: NotFoundError; InvalidInputError; ConflictError for an id that exists."""
    caller.need(Permission.OPERATE, organization)
    try:
        with server.store.writing() as transaction:
            found = require_application(transaction, organization, application, lock=True)
            if from_deployment:
                _require_deployment(transaction, found, from_deployment, "from_deploy_id")
            return stored_environment(transaction, caller, found, new, from_deployment or None)
    except ConflictError as error:
        raise ConflictError(
            f"the environment {new.id!r} exists already", fix="choose another id, or change that environment"
        ) from error


def rename_environment(
    server: Server, caller: Caller, organization: str, application: str, environment: str, name: str | None
) -> Environment:
    """Change the name of an environment; None leaves it. Errors: NotFoundError; InvalidInputError."""
    caller.need(Permission.OPERATE, organization)
    if name is not None:
        check_name(name)
    with server.store.writing() as transaction:
        found = require_environment(transaction, organization, application, environment, lock=True)
        changed = found if name is None else replace(found, name=name)
        transaction.environments.rename(organization, application, environment, changed.name)
        entry = caller.entry(
            transaction.now,
            "environment.updated",
            f"{application}/{environment}",
            status=200,
            name=changed.name,
            name_before=found.name,
        )
        transaction.audit.append(entry)
    return changed


def rebase_environment(
    server: Server, caller: Caller, organization: str, application: str, environment: str, deployment: str
) -> None:
    """Let the next deployment start from another one, of any environment of the application.

    Errors: NotFoundError for the environment; InvalidInputError for the deployment.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = require_environment(transaction, organization, application, environment, lock=True)
        owner = require_application(transaction, organization, application)
        _require_deployment(transaction, owner, deployment, "the body")
        transaction.environments.rebase(organization, application, environment, deployment)
        entry = caller.entry(
            transaction.now,
            "environment.rebased",
            f"{application}/{environment}",
            status=204,
            deployment=deployment,
            deployment_before=found.from_deployment or "",
        )
        transaction.audit.append(entry)


def read_based_on(
    server: Server, found: tuple[Environment, ...]
) -> tuple[tuple[Environment, Deployment | None, Deployment | None], ...]:
    """Return environments, each with the deployment that the next one is based on, and the last one."""
    with server.store.reading() as transaction:
        deployments = transaction.deployments
        return tuple(
            (
                one,
                None
                if one.from_deployment is None
                else deployments.of_application(one.organization, one.application, one.from_deployment),
                deployments.last(one.organization, one.application, one.id),
            )
            for one in found
        )


def delete_environment(server: Server, caller: Caller, organization: str, application: str, environment: str) -> None:
    """Delete an environment with its graphs. Errors: NotFoundError; HasResourcesError."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = require_environment(transaction, organization, application, environment, lock=True)
        delete_work(transaction, organization, application, environment)
        resources = transaction.active_resources.of_environment(organization, application, environment)
        if resources:
            raise HasResourcesError(f"the environment {environment!r}", resources)
        forget_states(server, transaction, organization, application, environment)
        transaction.dependency_graphs.delete_all(organization, application, environment)
        transaction.environments.delete(organization, application, environment)
        entry = caller.entry(
            transaction.now,
            "environment.deleted",
            f"{application}/{environment}",
            status=204,
            name=found.name,
            type=found.type,
        )
        transaction.audit.append(entry)


def _require_deployment(transaction: Transaction, application: Application, deployment: str, where: str) -> None:
    found = transaction.deployments.of_application(application.organization, application.id, deployment)
    if found is None or found.is_dry_run:
        raise InvalidInputError(
            "the application has no such deployment", where=where, fix="list the deployments of its environments"
        )


def require_environment(
    transaction: Transaction, organization: str, application: str, environment: str, *, lock: bool = False
) -> Environment:
    """Return an environment. Errors: NotFoundError for it or its application."""
    require_application(transaction, organization, application, lock=lock)
    found = transaction.environments.find(organization, application, environment, lock=lock)
    if found is None:
        raise NotFoundError(
            f"environment {environment!r} does not exist", fix="list the environments of the application"
        )
    return found
