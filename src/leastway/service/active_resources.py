"""Active resources of an environment: read, pinned to a version, scheduled for deletion, and detached."""

from __future__ import annotations

from leastway.errors import InvalidInputError
from leastway.registry import ActiveResource, DependencyGraph
from leastway.service.caller import Caller, NotFoundError
from leastway.service.environments import require_environment
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = ["delete_active_resource", "pin_active_resource", "read_active_resources", "read_graph"]


def read_active_resources(
    server: Server, caller: Caller, organization: str, application: str, environment: str
) -> tuple[str, tuple[ActiveResource, ...]]:
    """Return the type of an environment and its resources, by type, class and id. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = require_environment(transaction, organization, application, environment)
        return found.type, transaction.active_resources.of_environment(organization, application, environment)


def delete_active_resource(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    resource: tuple[str, str],
    *,
    detach: bool,
) -> bool:
    """Delete the resource with this type, or type and class with a dot between, and this id.

    With `detach` it leaves the list and continues to exist: returns True. Otherwise it is scheduled for deletion, which
    the next deployment carries out: returns False. Errors: NotFoundError; ConflictError if several classes match.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        require_environment(transaction, organization, application, environment, lock=True)
        found = _resource(transaction, organization, application, environment, *resource)
        if detach:
            transaction.active_resources.remove(found)
        else:
            transaction.active_resources.schedule_deletion(found)
        entry = caller.entry(
            transaction.now,
            "active-resource.detached" if detach else "active-resource.scheduled-for-deletion",
            f"{application}/{environment}/{found.type}.{found.resource_class}#{found.id}",
            status=204 if detach else 202,
            definition=found.definition,
            guresid=found.guresid,
        )
        transaction.audit.append(entry)
    return detach


def pin_active_resource(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    resource: tuple[str, str],
    version: str | None,
) -> tuple[str, ActiveResource]:
    """Pin a resource to a version of its definition, which the next deployment uses; None unpins it.

    Returns the type of the environment and the resource. Errors: NotFoundError; ConflictError if several classes match;
    InvalidInputError for a version that does not exist or is archived.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        place = require_environment(transaction, organization, application, environment, lock=True)
        found = _resource(transaction, organization, application, environment, *resource)
        if version is not None:
            transaction.definitions.find(organization, found.definition, lock=True)  # versions are removed under it
            target = transaction.definitions.version(organization, found.definition, version)
            if target is None or target.is_archived:
                raise InvalidInputError(
                    "the definition of the resource has no such version, or it is archived",
                    where="target_def_version_id",
                    fix="list the versions of the definition",
                )
        pinned = transaction.active_resources.pin(found, version)
        entry = caller.entry(
            transaction.now,
            "active-resource.unpinned" if version is None else "active-resource.pinned",
            f"{application}/{environment}/{found.type}.{found.resource_class}#{found.id}",
            status=200,
            definition=found.definition,
            version=version or "",
            version_before=found.target_version or "",
        )
        transaction.audit.append(entry)
    return place.type, pinned


def read_graph(
    server: Server, caller: Caller, organization: str, application: str, environment: str, graph: str
) -> DependencyGraph:
    """Return a graph of an environment by its id or hash. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_environment(transaction, organization, application, environment)
        found = transaction.dependency_graphs.find(organization, application, environment, graph)
    if found is None:
        raise NotFoundError(f"graph {graph!r} does not exist", fix="create it with POST resources/graphs")
    return found


def _resource(
    transaction: Transaction, organization: str, application: str, environment: str, kind: str, identifier: str
) -> ActiveResource:
    type_, _, resource_class = kind.partition(".")
    matching = [
        one
        for one in transaction.active_resources.of_environment(organization, application, environment)
        if (one.type, one.id) == (type_, identifier) and resource_class in {"", one.resource_class}
    ]
    if not matching:
        raise NotFoundError(
            f"active resource {kind}#{identifier} does not exist", fix="list the active resources of the environment"
        )
    if len(matching) > 1:
        classes = ", ".join(f"{type_}.{one.resource_class}" for one in matching)
        raise ConflictError(
            f"several classes of this resource are active: {classes}", fix="name one of these as the type"
        )
    return matching[0]
