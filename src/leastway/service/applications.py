"""Applications of an organization: created, renamed and deleted, each with its audit entry.

An application is not deleted while one of its environments has active resources: leastway would lose track of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from leastway.errors import InvalidInputError
from leastway.ports import Holder, HolderKind
from leastway.registry import FIRST_ENVIRONMENT_TYPE, ActiveResource, Application, Environment
from leastway.service.caller import Caller, NotFoundError
from leastway.service.environment_types import require_environment_type
from leastway.service.fields import check_name, check_short_id, first_few
from leastway.service.server import Server
from leastway.service.state import forget_states
from leastway.store import ConflictError, Transaction
from leastway.tenants import ObjectKind, Permission

__all__ = [
    "FIRST_ENVIRONMENT",
    "HasResourcesError",
    "KnownApplication",
    "NewEnvironment",
    "create_application",
    "delete_application",
    "delete_work",
    "read_application",
    "read_applications",
    "rename_application",
    "require_application",
    "stored_environment",
]


class HasResourcesError(ConflictError):
    """Active resources are left, which a deletion would leave behind; `resources` are these."""

    def __init__(self, what: str, resources: tuple[ActiveResource, ...]) -> None:
        some = first_few(tuple(f"{one.type}.{one.resource_class}#{one.id}" for one in resources))
        super().__init__(
            f"{what} has the active resources {some}", fix="delete them first, or detach them with ?detach=true"
        )
        self.resources = resources


def delete_work(transaction: Transaction, organization: str, application: str, environment: str) -> None:
    """Delete the deployments and runs of an environment. Errors: ConflictError if one has not ended."""
    deployment = transaction.deployments.unfinished_in(organization, application, environment)
    if deployment is not None:
        raise ConflictError(f"deployment {deployment.id} has not ended", fix="wait until it has, or abort it")
    unfinished = transaction.runs.unfinished_in(organization, application, environment)
    if unfinished is not None:
        raise ConflictError(f"run {unfinished.id} has not ended", fix="wait until it has, or cancel it")
    for run in transaction.runs.delete_all(organization, application, environment):
        transaction.secrets.delete(Holder(organization, HolderKind.RUN, run))
    transaction.deployments.delete_all(organization, application, environment)


@dataclass(frozen=True, slots=True)
class KnownApplication:
    """An application with its environments, by id."""

    application: Application
    environments: tuple[Environment, ...]


@dataclass(frozen=True, slots=True)
class NewEnvironment:
    """What a request says about an environment to create; `where` is the field that has it, with a dot at its end."""

    id: str
    name: str
    type: str
    where: str = ""


FIRST_ENVIRONMENT = NewEnvironment(FIRST_ENVIRONMENT_TYPE, "Development", FIRST_ENVIRONMENT_TYPE, "env.")
"""What an application gets if the request neither names an environment nor asks for none."""


def read_applications(server: Server, caller: Caller, organization: str) -> tuple[KnownApplication, ...]:
    """Return the applications of the organization, by id."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        environments: dict[str, list[Environment]] = {}
        for environment in transaction.environments.all(organization):
            environments.setdefault(environment.application, []).append(environment)
        found = transaction.applications.all(organization)
        return tuple(KnownApplication(one, tuple(environments.get(one.id, ()))) for one in found)


def read_application(server: Server, caller: Caller, organization: str, application: str) -> KnownApplication:
    """Return one application. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return _known(transaction, require_application(transaction, organization, application))


def create_application(
    server: Server,
    caller: Caller,
    organization: str,
    *,
    identifier: str,
    name: str,
    environment: NewEnvironment | None = FIRST_ENVIRONMENT,
) -> KnownApplication:
    """Create an application, with an environment unless that is None.

    Errors: InvalidInputError whose `where` is the field; ConflictError for an id that exists.
    """
    caller.need(Permission.OPERATE, organization)
    check_short_id(identifier)
    check_name(name)
    try:
        with server.store.writing() as transaction:
            created = Application(organization, identifier, name, transaction.now, caller.user.id)
            transaction.applications.add(created)
            transaction.audit.append(
                caller.entry(transaction.now, "application.created", identifier, status=201, name=name)
            )
            if environment is not None:
                stored_environment(transaction, caller, created, environment)
            return _known(transaction, created)
    except ConflictError as error:
        raise ConflictError(
            f"the application {identifier!r} exists already", fix="choose another id, or change that application"
        ) from error


def rename_application(
    server: Server, caller: Caller, organization: str, application: str, name: str
) -> KnownApplication:
    """Change the name of an application. Errors: NotFoundError; InvalidInputError."""
    caller.need(Permission.OPERATE, organization)
    check_name(name)
    with server.store.writing() as transaction:
        found = require_application(transaction, organization, application, lock=True)
        transaction.applications.rename(organization, application, name)
        transaction.audit.append(
            caller.entry(
                transaction.now, "application.updated", application, status=200, name=name, name_before=found.name
            )
        )
        return _known(transaction, replace(found, name=name))


def delete_application(server: Server, caller: Caller, organization: str, application: str) -> None:
    """Delete an application with its environments, deltas and sets, and the roles on it.

    Errors: NotFoundError; HasResourcesError.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = require_application(transaction, organization, application, lock=True)
        if resources := transaction.active_resources.of_application(organization, application):
            raise HasResourcesError(f"the application {application!r}", resources)
        environments = transaction.environments.all(organization, application)
        for environment in environments:
            delete_work(transaction, organization, application, environment.id)
            transaction.dependency_graphs.delete_all(organization, application, environment.id)
            transaction.environments.delete(organization, application, environment.id)
        forget_states(server, transaction, organization, application)
        transaction.deployment_deltas.delete_all(organization, application)
        transaction.deployment_sets.delete_all(organization, application)
        transaction.object_roles.remove_object(organization, ObjectKind.APPLICATION, application)
        transaction.applications.delete(organization, application)
        transaction.audit.append(
            caller.entry(
                transaction.now,
                "application.deleted",
                application,
                status=204,
                name=found.name,
                environments=tuple(one.id for one in environments),
            )
        )


def require_application(
    transaction: Transaction, organization: str, application: str, *, lock: bool = False
) -> Application:
    """Return an application. Errors: NotFoundError."""
    found = transaction.applications.find(organization, application, lock=lock)
    if found is None:
        raise NotFoundError(
            f"application {application!r} does not exist", fix="list the applications of the organization"
        )
    return found


def stored_environment(
    transaction: Transaction,
    caller: Caller,
    application: Application,
    new: NewEnvironment,
    from_deployment: str | None = None,
) -> Environment:
    """Store an environment with its audit entry. Errors: InvalidInputError; ConflictError of the transaction."""
    check_short_id(new.id, f"{new.where}id")
    check_name(new.name, f"{new.where}name")
    try:
        require_environment_type(transaction, application.organization, new.type, lock=True)
    except NotFoundError as error:
        raise InvalidInputError(
            "this environment type does not exist", where=f"{new.where}type", fix="create it first, or name another"
        ) from error
    created = Environment(
        application.organization,
        application.id,
        new.id,
        new.name,
        new.type,
        transaction.now,
        caller.user.id,
        from_deployment,
    )
    transaction.environments.add(created)
    entry = caller.entry(
        transaction.now,
        "environment.created",
        f"{application.id}/{new.id}",
        status=201,
        name=new.name,
        type=new.type,
    )
    transaction.audit.append(entry)
    return created


def _known(transaction: Transaction, application: Application) -> KnownApplication:
    return KnownApplication(application, transaction.environments.all(application.organization, application.id))
