"""Which definition each resource of an environment would get, and with which inputs; and the graph of these resources.

The secrets of a definition are opened once to find the placeholders in them, and nothing of them is in an answer; for a
run they are opened each time.
Outputs of an active resource count as known if the next deployment would provision it from the same version of its
definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leastway.errors import InvalidInputError
from leastway.registry import DefinitionVersion, DependencyGraph, ResourceKey
from leastway.resolve import (
    DefinitionsRead,
    DeploymentContext,
    MatchingRule,
    Outputs,
    RequestedResource,
    Resolution,
    dependency_nodes,
    outlined,
    read_secret_refs,
    resolve,
)
from leastway.service.caller import Caller
from leastway.service.definition_lookup import StoredDefinitions
from leastway.service.definition_making import given_secret_refs, kept_secrets
from leastway.service.environments import require_environment
from leastway.service.server import Server
from leastway.tenants import Permission

__all__ = ["create_graph", "resolve_context", "resolve_environment"]


def resolve_environment(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    requested: Iterable[RequestedResource],
    *,
    with_secrets: bool = False,
) -> Resolution:
    """Return what the resources of an environment would get; `with_secrets` also what is secret, for a run.

    Errors: NotFoundError; InvalidInputError.
    """
    caller.need(Permission.READ, organization)
    return resolve_context(server, organization, application, environment, requested, with_secrets=with_secrets)


def resolve_context(
    server: Server,
    organization: str,
    application: str,
    environment: str,
    requested: Iterable[RequestedResource],
    *,
    with_secrets: bool,
    deployment: str | None = None,
    services: Mapping[str, str] | None = None,
    settled: Mapping[ResourceKey, tuple[MatchingRule, str]] | None = None,
    outputs: Mapping[ResourceKey, Outputs] | None = None,
    known: DefinitionsRead | None = None,
) -> Resolution:
    """Return what the resources of an environment would get, or get in a deployment.

    A deployment has rules and versions that are `settled`, and `outputs` of what it provisioned; without `outputs`,
    those of active resources count. Definitions that are `known` are not read again; they were read with the same
    `with_secrets`. Errors: NotFoundError; InvalidInputError.
    """

    def secrets_of(definition: str, version: DefinitionVersion) -> Mapping[str, Any]:
        with server.store.reading() as transaction:
            sealed = kept_secrets(transaction, organization, definition, version)

        def read() -> Mapping[str, Any]:
            return read_secret_refs(given_secret_refs(server, version, sealed) or {}, are_opened=True)

        if with_secrets:
            return read()
        return outlined(read()) if sealed is None else server.outlines.of(sealed, read)

    with server.store.reading() as transaction:
        found = require_environment(transaction, organization, application, environment)
        context = DeploymentContext(
            organization=organization,
            application=application,
            environment=environment,
            environment_type=found.type,
            deployment=deployment,
            services=services or {},
        )
        definitions = StoredDefinitions(server.store, context, transaction, secrets_of, settled, known)
    return resolve(context, definitions, requested, definitions.outputs(context) if outputs is None else outputs)


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
