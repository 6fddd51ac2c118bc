"""The resources of a deployment in this process: their inputs, and their outputs, stored or live.

A live resource (the way through an agent, a cluster) is provisioned again by each step that needs it, and its secrets
are never stored. Of all others, the outputs are in the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from leastway.audit import Actor, Detail, Entry, Outcome
from leastway.broker import Asked, Enter
from leastway.errors import InvalidInputError
from leastway.kube import Connection
from leastway.orchestrator.deploying.parts import DeployingParts
from leastway.orchestrator.drivers import Means, Node, Provided, connect_cluster, node_of, provision
from leastway.orchestrator.drivers.reaching import SignedClusters, open_agents
from leastway.orchestrator.drivers.recorded import stored_cookie, stored_outputs
from leastway.primitives import Secret
from leastway.registry import CLUSTER_TYPE, DEFAULT_CLASS, EKS, Deployment, DeploymentNode, NodeStatus, ResourceKey
from leastway.resolve import DefinitionsRead, Outputs, ResolvedResource
from leastway.sessions import Subject

__all__ = ["CLUSTER", "NAMESPACE", "Provisioned", "enter_for", "open_provisioned"]

CLUSTER = ResourceKey(CLUSTER_TYPE, DEFAULT_CLASS, CLUSTER_TYPE)
NAMESPACE = ResourceKey("k8s-namespace", DEFAULT_CLASS, "k8s-namespace")
_STOPPABLE = (CLUSTER_TYPE, "agent")
"""Types whose accounts and definitions a kill switch stops a deployment by."""


def enter_for(deployment: Deployment) -> Enter:
    """Return what words the audit entries of a deployment: they name who began it."""

    def enter(
        at: datetime, action: str, target: str, *, status: int, outcome: Outcome = Outcome.DONE, **details: Detail
    ) -> Entry:
        actor = Actor(deployment.created_by)
        return Entry(deployment.organization, at, actor, action, target, outcome, {**details, "work": deployment.id})

    return enter


class Provisioned:
    """The resources of one deployment, for one step."""

    def __init__(self, parts: DeployingParts, deployment: Deployment, means: Means, known: DefinitionsRead) -> None:
        self._parts = parts
        self._deployment = deployment
        self._means = means
        self._known = known
        self._live: dict[ResourceKey, tuple[Node, Provided]] = {}
        self.outputs: dict[ResourceKey, Outputs] = {}

    def nodes(self) -> tuple[DeploymentNode, ...]:
        """Return the resources as they are stored."""
        with self._parts.store.reading() as transaction:
            return transaction.deployments.nodes(self._deployment.id)

    def look(self) -> tuple[DeploymentNode, ...]:
        """Read the outputs of what is done, provision what is live, and return the resources.

        Errors: DamagedError; those of the drivers.
        """
        deployment, nodes = self._deployment, self.nodes()
        place = (deployment.organization, deployment.application, deployment.environment)
        with self._parts.store.reading() as transaction:
            active = {one.guresid: one for one in transaction.active_resources.of_environment(*place)}
            for node in nodes:
                if node.status is NodeStatus.DONE and node.guresid in active:
                    one = active[node.guresid]
                    self.outputs[node.key] = stored_outputs(transaction, self._parts.custody, one)
        for node in nodes:
            if node.status is NodeStatus.LIVE and node.key not in self._live:
                self.provide(node, self.resources()[node.key])
        return nodes

    def resources(self) -> Mapping[ResourceKey, ResolvedResource]:
        """Return the resources with their inputs, as far as they are known. Errors: InvalidInputError."""
        settled = self.nodes()
        resolution = self._parts.means.resolve(self._deployment, self.outputs, settled, self._known)
        return {one.key: one for one in resolution.resources}

    def provide(self, node: DeploymentNode, resource: ResolvedResource) -> Provided:
        """Provision a resource by its driver. Errors: those of the driver."""
        with self._parts.store.reading() as transaction:
            cookie = stored_cookie(transaction, self._parts.custody, self._deployment.organization, node.guresid)
        given = node_of(resource, cookie)
        provided = provision(given, self._means)
        self._live[node.key] = (given, provided)
        self.outputs[node.key] = Outputs(provided.values, provided.secrets)
        return provided

    def connect(self) -> Connection:
        """Return a connection to the cluster, which the caller closes. Errors: InvalidInputError; LeastwayError."""
        known = self._live.get(CLUSTER)
        if known is None:
            raise InvalidInputError(
                "the cluster is not one that deployments reach",
                where=str(CLUSTER),
                fix="let its definition have the driver humanitec/k8s-cluster-eks",
            )
        return connect_cluster(*known, self._means)

    @property
    def namespace(self) -> str:
        """The namespace of the workloads. Errors: InvalidInputError."""
        found = self.outputs.get(NAMESPACE)
        name = None if found is None else found.values.get("namespace")
        if not isinstance(name, str) or not name:
            raise InvalidInputError(
                "it has no output `namespace`", where=str(NAMESPACE), fix="use the driver humanitec/k8s-namespace"
            )
        return name


@contextmanager
def open_provisioned(parts: DeployingParts, deployment: Deployment) -> Iterator[Provisioned]:
    """Give the resources of a deployment until the end of the block, which ends its passes through agents."""
    known: DefinitionsRead = {}
    enter, lineage = enter_for(deployment), _lineage(parts, deployment, known)

    def take(agent: str) -> AbstractContextManager[Secret]:
        return parts.means.agent_pass(deployment, agent, enter, lineage)

    with open_agents(take) as agents:
        clusters = SignedClusters(parts.reaching, deployment.organization, enter, lineage)
        yield Provisioned(parts, deployment, Means(clusters=clusters, agents=agents), known)


def _lineage(parts: DeployingParts, deployment: Deployment, known: DefinitionsRead) -> tuple[Subject, ...]:
    """Return what a kill switch can stop the deployment by: its definitions, and the account and roles that sign."""
    with parts.store.reading() as transaction:
        nodes = transaction.deployments.nodes(deployment.id)
    resolution = parts.means.resolve(deployment, {}, nodes, known)
    organization = deployment.organization
    found = [Subject(organization, "")]
    for one in resolution.resources:
        if one.key.type in _STOPPABLE and one.definition is not None:
            account = one.account if isinstance(one.account, str) else ""
            found.append(Subject(organization, account, None, one.definition.id))
            if account and one.definition.driver == EKS:
                found += parts.reaching.broker.lineage(Asked(organization, account), enter_for(deployment))
    return tuple(found)
