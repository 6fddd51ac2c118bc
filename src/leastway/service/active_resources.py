"""Active resources of an environment: read, pinned to a version, deleted, and detached.

What a Terraform run provisioned is destroyed by another run, which begins at once; it stays in the list, as `deleting`,
until that has succeeded. Others are scheduled for deletion, which the next deployment carries out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leastway.errors import InvalidInputError
from leastway.registry import ActiveResource, ActiveResourceStatus, DependencyGraph, Run, RunAction
from leastway.service.caller import Caller, NotFoundError
from leastway.service.environments import require_environment
from leastway.service.runs import WantedRun, create_run
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = ["ListedResources", "delete_active_resource", "pin_active_resource", "read_active_resources", "read_graph"]


@dataclass(frozen=True, slots=True)
class ListedResources:
    """The resources of an environment of a type; `why_not_deleted` has errors of failed destructions, by guresid."""

    environment_type: str
    resources: tuple[ActiveResource, ...]
    why_not_deleted: Mapping[str, str]


def read_active_resources(
    server: Server, caller: Caller, organization: str, application: str, environment: str
) -> ListedResources:
    """Return the resources of an environment, by type, class and id. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    place = (organization, application, environment)
    with server.store.reading() as transaction:
        found = require_environment(transaction, *place)
        listed = transaction.active_resources.of_environment(*place)
        deleting = [one.guresid for one in listed if one.status is ActiveResourceStatus.DELETING]
        failed = transaction.runs.failed_destructions(*place) if deleting else {}
    why = {one: _why_not_destroyed(failed[one]) for one in deleting if one in failed}
    return ListedResources(found.type, listed, why)


def _why_not_destroyed(run: Run) -> str:
    """Return why a destruction that failed or was cancelled has not removed its resource."""
    how = f"{run.status.value}: {run.ended_how}" if run.ended_how else run.status.value
    return f"run {run.id}: {run.error or how}"


def delete_active_resource(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    resource: str,
    *,
    detach: bool,
) -> bool:
    """Delete the resource `resource`, written TYPE/ID or TYPE.CLASS/ID.

    With `detach` it leaves the list and continues to exist: returns True. A cluster's identity, and what deployments
    brought there, are forgotten then. Otherwise it is scheduled for deletion, and destroyed at once if a run
    provisioned it: returns False. Errors: NotFoundError; ConflictError if several classes match, or a deployment of the
    environment, or a run for the resource, has not ended; LeastwayError if this machine cannot destroy it.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        require_environment(transaction, organization, application, environment, lock=True)
        found = _resource(transaction, organization, application, environment, resource)
        deployment = transaction.deployments.unfinished_in(organization, application, environment)
        if deployment is not None:  # it stands on the resource, and what it applies is recorded with its cluster
            raise ConflictError(f"deployment {deployment.id} has not ended", fix="wait until it has, or abort it")
        if detach:
            transaction.active_resources.remove(found)
            transaction.deployments.forget_cluster(found.guresid)
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
    if not detach:
        _destroy(server, caller, found)
    return detach


def _destroy(server: Server, caller: Caller, resource: ActiveResource) -> None:
    """Begin the run that destroys a resource, if a run provisioned it, and none destroys it already."""
    organization = resource.organization
    with server.store.reading() as transaction:
        provisioned = transaction.runs.find(resource.deployment, organization) if resource.deployment else None
        unfinished = transaction.runs.unfinished_of(resource.organization, resource.guresid)
    if provisioned is None or (unfinished is not None and unfinished.action is RunAction.DESTROY):
        return
    wanted = WantedRun(
        application=resource.application,
        environment=resource.environment,
        resource=str(provisioned.key),
        action=RunAction.DESTROY,
    )
    create_run(server, caller, organization, wanted)


def pin_active_resource(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    resource: str,
    version: str | None,
) -> tuple[str, ActiveResource]:
    """Pin a resource to a version of its definition, which the next deployment uses; None unpins it.

    Returns the type of the environment and the resource. Errors: NotFoundError; ConflictError if several classes match;
    InvalidInputError for a version that does not exist or is archived.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        place = require_environment(transaction, organization, application, environment, lock=True)
        found = _resource(transaction, organization, application, environment, resource)
        if version is not None:
            # versions are removed and archived under this lock
            definition = transaction.definitions.find(organization, found.definition, with_deleted=True, lock=True)
            target = transaction.definitions.version(organization, found.definition, version)
            is_other = definition is not None and target is not None and target.type != definition.active.type
            if target is None or target.is_archived or is_other:
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
    transaction: Transaction, organization: str, application: str, environment: str, text: str
) -> ActiveResource:
    """Return the resource TYPE/ID or TYPE.CLASS/ID: types and ids may have slashes, so the whole text is compared."""
    matching = [
        one
        for one in transaction.active_resources.of_environment(organization, application, environment)
        if text in (f"{one.type}/{one.id}", f"{one.type}.{one.resource_class}/{one.id}")
    ]
    if not matching:
        raise NotFoundError(
            f"active resource {text} does not exist", fix="list the active resources of the environment"
        )
    if len(matching) > 1:
        names = ", ".join(f"{one.type}.{one.resource_class}/{one.id}" for one in matching)
        raise ConflictError(f"several active resources have this name: {names}", fix="name one of these")
    return matching[0]
