"""The cluster of an environment, reached for a look: nothing is stored, and nothing is changed.

What was provisioned keeps its outputs. What is live (a way through an agent, the cluster itself), and what was never
provisioned, is provisioned for the look, unless that needs a run. Sessions and tokens are entered for who looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from leastway.errors import InvalidInputError
from leastway.kube import Connection
from leastway.orchestrator.drivers import (
    LIVE_DRIVERS,
    Means,
    Node,
    Provided,
    ReachingParts,
    SignedClusters,
    connect_cluster,
    node_of,
    open_agents,
    provision,
    stored_outputs,
)
from leastway.primitives import Secret
from leastway.proof import ContractDocument, parse_contract
from leastway.registry import CLUSTER_TYPE, DEFAULT_CLASS, TERRAFORM, ActiveResourceStatus, ResourceKey
from leastway.resolve import Outputs, RequestedResource, Resolution, ResolvedResource
from leastway.service.caller import Caller
from leastway.service.resolution import resolve_context
from leastway.service.server import Server
from leastway.sessions import Subject

__all__ = ["ClusterLook", "open_look"]

_RUNTIME: Final = ResourceKey(CLUSTER_TYPE, DEFAULT_CLASS, "k8s-cluster-runtime")
"""The cluster that is looked at, if an environment has one of this id."""
_CLUSTER: Final = ResourceKey(CLUSTER_TYPE, DEFAULT_CLASS, CLUSTER_TYPE)
_NAMESPACE: Final = ResourceKey("k8s-namespace", DEFAULT_CLASS, "k8s-namespace")


class ClusterLook:
    """The resources that the cluster and the namespace of an environment need, and the way to the cluster."""

    def __init__(self, server: Server, place: tuple[str, str, str], means: Means) -> None:
        self._server = server
        self._place = place
        self._means = means
        self._outputs: dict[ResourceKey, Outputs] = {}
        self._provided: dict[ResourceKey, tuple[Node, Provided]] = {}
        self._cluster = _CLUSTER
        self._read_outputs()

    @property
    def provided(self) -> Mapping[ResourceKey, Provided]:
        """What was provisioned for the look."""
        return {key: provided for key, (_, provided) in self._provided.items()}

    def resources(self) -> tuple[ResolvedResource, ...]:
        """Return the resources in the order of provisioning. Errors: InvalidInputError; NotFoundError."""
        resolution = self._resolved()
        by_key = {one.key: one for one in resolution.resources}
        needed: set[ResourceKey] = set()
        pending = [self._cluster, _NAMESPACE]
        while pending:
            key = pending.pop()
            if key in by_key and key not in needed:
                needed.add(key)
                pending += by_key[key].dependencies
        if by_key[self._cluster].definition is None:
            raise InvalidInputError(
                "no definition matches the cluster of the environment",
                where=str(self._cluster),
                fix="add a definition of the type k8s-cluster, or a criterion to one",
            )
        return tuple(one for one in resolution.resources if one.key in needed and one.definition is not None)

    def provide(self) -> None:
        """Provision what is needed and not known. Errors: InvalidInputError; those of the drivers."""
        for key in [one.key for one in self.resources()]:
            if key in self._outputs:
                continue
            resource = next(one for one in self.resources() if one.key == key)
            node = node_of(resource)
            if node.driver == TERRAFORM:
                raise InvalidInputError(
                    "it is not provisioned yet, and that needs a run", where=node.where, fix="deploy the environment"
                )
            provided = provision(node, self._means)
            self._provided[key] = (node, provided)
            self._outputs[key] = Outputs(provided.values, provided.secrets)

    def connect(self) -> Connection:
        """Return a connection to the cluster, once it is provided. The caller closes it."""
        return connect_cluster(*self._provided[self._cluster], self._means)

    def contracts(self) -> tuple[ContractDocument, ...]:
        """Return the contracts in force in the organization. Errors: InvalidInputError if one is damaged."""
        with self._server.store.reading() as transaction:
            found = transaction.contracts.all_current(self._place[0])
            contents = [transaction.contracts.content(one) for one in found]
        return tuple(parse_contract(json.loads(content)) for content in contents)

    @property
    def namespace(self) -> str:
        """The namespace of the environment, once it is provided. Errors: InvalidInputError."""
        found = self._outputs.get(_NAMESPACE)
        name = None if found is None else found.values.get("namespace")
        if not isinstance(name, str) or not name:
            raise InvalidInputError(
                "the environment has no namespace",
                where=str(_NAMESPACE),
                fix="add a definition of the type k8s-namespace with the driver humanitec/k8s-namespace",
            )
        return name

    def _read_outputs(self) -> None:
        with self._server.store.reading() as transaction:
            for one in transaction.active_resources.of_environment(*self._place):
                key = ResourceKey(one.type, one.resource_class, one.id)
                if key == _RUNTIME:
                    self._cluster = _RUNTIME
                if one.status is ActiveResourceStatus.ACTIVE and one.driver not in LIVE_DRIVERS:
                    self._outputs[key] = stored_outputs(transaction, self._server.custody, one)

    def _resolved(self) -> Resolution:
        requested = [RequestedResource(self._cluster)]
        return resolve_context(self._server, *self._place, requested, with_secrets=True, outputs=self._outputs)


@contextmanager
def open_look(
    server: Server, caller: Caller, organization: str, application: str, environment: str
) -> Iterator[ClusterLook]:
    """Give the cluster of an environment until the end of the block, which ends its passes through agents."""
    brokerage, lineage = server.brokerage, (Subject(organization, ""),)
    parts = ReachingParts(
        broker=brokerage.broker,
        gate=brokerage.gate,
        ledger=server.logs.ledger,
        sts=server.aws.sts,
        clusters=server.aws.clusters,
        clock=server.clock,
    )

    def take(agent: str) -> AbstractContextManager[Secret]:
        work = f"a look at {application}/{environment}"
        return server.tunnels.agent_pass(organization, agent, work=work, enter=caller.entry, lineage=lineage)

    with open_agents(take) as agents:
        clusters = SignedClusters(parts, organization, caller.entry, lineage)
        yield ClusterLook(server, (organization, application, environment), Means(clusters=clusters, agents=agents))
