"""Which definition each resource of an environment would get, and with which inputs; and the graph of these resources.

The secrets of a definition are opened to find the placeholders in them, and nothing of them is in an answer. Outputs of
an active resource count as known if the next deployment would provision it from the same version of its definition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from leastway.errors import InvalidInputError
from leastway.registry import (
    BUILT_IN_DRIVERS,
    ActiveResource,
    ActiveResourceStatus,
    DependencyGraph,
    ResourceKey,
    StoredDefinition,
    decoded_inputs,
)
from leastway.resolve import (
    DefinitionIndex,
    DeploymentContext,
    Outputs,
    RequestedResource,
    Resolution,
    ResolvableDefinition,
    dependency_nodes,
    index_of,
    read_secret_refs,
    resolve,
)
from leastway.service.caller import Caller
from leastway.service.definition_making import given_secret_refs, kept_secrets
from leastway.service.environments import require_environment
from leastway.service.server import Server
from leastway.tenants import Permission

__all__ = ["create_graph", "resolve_environment"]


def resolve_environment(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    requested: Iterable[RequestedResource],
) -> Resolution:
    """Return what the resources of an environment would get. Errors: NotFoundError; InvalidInputError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = require_environment(transaction, organization, application, environment)
        stored = {one.id: one for one in transaction.definitions.all(organization)}
        active = transaction.active_resources.of_environment(organization, application, environment)
    context = DeploymentContext(
        organization=organization, application=application, environment=environment, environment_type=found.type
    )
    definitions = [_resolvable(one) for one in stored.values()]

    def with_secrets(definition: ResolvableDefinition) -> ResolvableDefinition:
        version = stored[definition.id].active
        with server.store.reading() as transaction:
            sealed = kept_secrets(transaction, organization, definition.id, version)
        refs = given_secret_refs(server, version, sealed)
        return replace(definition, secrets=read_secret_refs(refs or {}))

    index = index_of(definitions)
    outputs = _outputs(active, index, context, stored)
    return resolve(context, definitions, requested, outputs, index=index, with_secrets=with_secrets)


def create_graph(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    requested: Iterable[RequestedResource],
) -> DependencyGraph:
    """Store the graph of these resources and of those that they need; one with the same hash is used again.

    Errors: NotFoundError; InvalidInputError, also for a resource without a definition.
    """
    caller.need(Permission.OPERATE, organization)
    resolution = resolve_environment(server, caller, organization, application, environment, requested)
    if resolution.missing:
        names = ", ".join(str(one.key) for one in resolution.missing)
        raise InvalidInputError(f"no definition matches {names}", fix="add a definition, or a criterion to one")
    for where, what in resolution.problems:
        raise InvalidInputError(what, where=where, fix="change the definition, or the ids that its placeholders use")
    nodes = dependency_nodes(resolution)
    with server.store.writing() as transaction:
        require_environment(transaction, organization, application, environment, lock=True)
        graph = transaction.dependency_graphs.use(organization, application, environment, resolution.digest, nodes)
        entry = caller.entry(
            transaction.now,
            "graph.used",
            f"{application}/{environment}",
            status=200,
            graph=graph.id,
            hash=graph.hash,
            nodes=len(nodes),
        )
        transaction.audit.append(entry)
    return graph


def _resolvable(stored: StoredDefinition) -> ResolvableDefinition:
    version = stored.active
    values = (version.inputs.values if version.inputs is not None else None) or {}
    driver = BUILT_IN_DRIVERS.get(version.driver)
    return ResolvableDefinition(
        id=stored.id,
        type=version.type,
        driver=version.driver,
        version=version.id,
        account=version.account,
        values=values if driver is None else decoded_inputs(driver, values),
        criteria={one.id: one.criterion for one in stored.criteria},
        provision=version.provision or {},
        in_place_driver_change=version.in_place_driver_change,
    )


def _outputs(
    active: Iterable[ActiveResource],
    index: DefinitionIndex,
    context: DeploymentContext,
    stored: dict[str, StoredDefinition],
) -> dict[ResourceKey, Outputs]:
    found = {}
    for one in active:
        key = ResourceKey(one.type, one.resource_class, one.id)
        rule = index.best(key, context)
        is_current = rule is not None and (one.definition, one.definition_version) == (
            rule.definition,
            stored[rule.definition].active.id,
        )
        if is_current and one.status is ActiveResourceStatus.ACTIVE:
            found[key] = Outputs(one.outputs, read_secret_refs(one.secret_refs, "secret_refs"))
    return found
