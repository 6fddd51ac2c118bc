"""The work of the steps of deployments. See `leastway.orchestrator.deploying.procedure.DeployWork`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from leastway.audit import Actor, Entry, Outcome
from leastway.errors import InvalidInputError
from leastway.orchestrator.deploying.cluster_work import ClusterWork, rollout_time
from leastway.orchestrator.deploying.desk import Desk
from leastway.orchestrator.deploying.objects import is_module, workload_of
from leastway.orchestrator.deploying.parts import DeployingParts
from leastway.orchestrator.deploying.procedure import DeploymentFailedError
from leastway.orchestrator.deploying.provisioned import CLUSTER, NAMESPACE
from leastway.orchestrator.deploying.provisioning import destroy_unneeded, provision_all, provision_within
from leastway.orchestrator.deploying.words import failing, persist
from leastway.orchestrator.drivers import check_driver
from leastway.registry import (
    TERRAFORM,
    Deployment,
    DeploymentError,
    DeploymentNode,
    DeploymentPhase,
    DeploymentStatus,
    NodeStatus,
    ResourceKey,
)
from leastway.resolve import Resolution, ResolvedResource, dependency_nodes, unknowns_in

__all__ = ["Deploying"]

_NOT_IN_GRAPH: Final = ("k8s-cluster", "k8s-namespace")
"""Types that the graph of a deployment leaves out. Source: Humanitec's API, `dependency_graph_id`."""


class Deploying:
    """The work of deployments in this process. Thread-safe; each deployment is on one thread at a time."""

    def __init__(self, parts: DeployingParts) -> None:
        self._parts = parts
        self._desk = Desk(parts)
        self._cluster = ClusterWork(self._desk)

    def stop(self) -> None:
        """Let steps that work end soon: the next server goes on with them."""
        self._desk.is_stopping = True

    def close(self) -> None:
        """Write what waits in logs."""
        self._desk.close()

    def freeze(self, deployment: str) -> dict[str, Any]:
        """Settle which definition, in which version, each resource gets, and store the graph."""
        known, log = self._desk.enter(deployment, DeploymentPhase.FREEZE)
        with failing("deployment", deployment, log):
            resolution = self._parts.means.resolve(known, {})
            modules = [one for one in resolution.resources if is_module(one.key)]
            needs_cluster = bool(modules) or self._has_objects(known)
            passing = frozenset() if modules else self._passing(known, resolution)
            nodes = tuple(_nodes(deployment, resolution))
            if not needs_cluster:
                nodes = tuple(one for one in nodes if one.guresid not in passing)
            _check(resolution, modules, needs_cluster=needs_cluster)
            if any(one.driver == TERRAFORM for one in nodes) and not known.is_dry_run:
                self._parts.means.check_runs()
        shown = [one for one in dependency_nodes(resolution) if one["type"] not in _NOT_IN_GRAPH]
        with self._parts.store.writing() as transaction:
            place = (known.organization, known.application, known.environment)
            graph = transaction.dependency_graphs.use(*place, resolution.digest, shown)
            transaction.deployments.freeze(deployment, nodes)
            transaction.deployments.change(deployment, graph=graph.id)
        log.say(f"{len(nodes)} resources, {len(modules)} of them modules")
        return {"is_dry_run": known.is_dry_run, "needs_cluster": needs_cluster, "passing": sorted(passing)}

    def prepare(self, deployment: str) -> dict[str, Any]:
        """Provision what changes nothing outside of this server."""
        provision_within(self._desk, *self._desk.enter(deployment, DeploymentPhase.PROVISION))
        return {}

    def reach(self, deployment: str) -> dict[str, Any]:
        """Ask the cluster who it is, if it can be reached already."""
        self._cluster.reach(*self._desk.enter(deployment, DeploymentPhase.PROVISION))
        return {}

    def provision(self, deployment: str) -> dict[str, Any]:
        """Provision every resource."""
        provision_all(self._desk, *self._desk.enter(deployment, DeploymentPhase.PROVISION))
        return {}

    def check(self, deployment: str) -> dict[str, Any]:
        """Check the cluster and the rights in it, and record what is going to be applied."""
        known, log = self._desk.enter(deployment, DeploymentPhase.CHECK)
        persist(self._desk, deployment, log, lambda: self._cluster.check(known, log))
        return {}

    def compare(self, deployment: str) -> dict[str, Any]:
        """Say what would change in the cluster."""
        known, log = self._desk.enter(deployment, DeploymentPhase.COMPARE)
        persist(self._desk, deployment, log, lambda: self._cluster.compare(known, log))
        return {}

    def apply(self, deployment: str) -> dict[str, Any]:
        """Apply the objects."""
        self._cluster.apply(*self._desk.enter(deployment, DeploymentPhase.APPLY))
        return {}

    def begin_rollout(self, deployment: str) -> dict[str, Any]:
        """Return the time from which the rollouts are watched."""
        self._desk.enter(deployment, DeploymentPhase.ROLLOUT)
        return {"at": self._parts.clock.now().isoformat()}

    def rollout(self, deployment: str, since: dict[str, Any]) -> dict[str, Any]:
        """Watch the rollouts until they end."""
        known, log = self._desk.enter(deployment, DeploymentPhase.ROLLOUT)
        self._cluster.rollout(known, log, rollout_time(since))
        return {}

    def prune(self, deployment: str, frozen: dict[str, Any]) -> dict[str, Any]:
        """Remove the objects that left the set, then the resources."""
        known, log = self._desk.enter(deployment, DeploymentPhase.PRUNE)
        if self._has_objects(known):
            self._cluster.prune(known, log)
        left = destroy_unneeded(self._desk, known, log, passing=frozenset(frozen["passing"]))
        return {"errors": [asdict(one) for one in left]}

    def end(self, deployment: str, status: DeploymentStatus, errors: tuple[DeploymentError, ...]) -> None:
        """Enter the end, and base the environment on a deployment that succeeded."""
        with self._parts.store.reading() as transaction:
            known = transaction.deployments.find(deployment)
        if known is None or known.status.is_end:
            return  # it was entered before a kill, and then maybe deleted with its environment
        log = self._desk.log(deployment, known.phase or DeploymentPhase.FREEZE)
        for error in errors:
            log.say(f"error: {error.message}")
        log.say(f"the deployment {status.value}")
        log.flush()
        if status is DeploymentStatus.FAILED:
            self._cancel_runs(known)
        with self._parts.store.writing() as transaction:
            if not transaction.deployments.change(deployment, status=status, errors=errors):
                return
            place = (known.organization, known.application, known.environment)
            if status is DeploymentStatus.SUCCEEDED and not known.is_dry_run:
                transaction.environments.rebase(*place, deployment)
            transaction.audit.append(_end_entry(known, transaction.now, status, errors))

    def _passing(self, deployment: Deployment, resolution: Resolution) -> frozenset[str]:
        """Return what no resource of the set needs: it is there to reach the cluster from which objects are removed."""
        of = {one.key: one for one in resolution.resources}
        needed: set[ResourceKey] = set()
        waiting = list(self._parts.means.requested(deployment))
        while waiting:
            key = waiting.pop()
            if key in of and key not in needed:
                needed.add(key)
                waiting += of[key].dependencies
        return frozenset(one.guresid for one in resolution.resources if one.key not in needed)

    def _cancel_runs(self, deployment: Deployment) -> None:
        with self._parts.store.reading() as transaction:
            nodes = transaction.deployments.nodes(deployment.id)
        for node in nodes:
            if node.status is NodeStatus.RUNNING and node.run is not None:
                self._parts.means.cancel_run(node.run, deployment.aborted_by or deployment.created_by)

    def _has_objects(self, deployment: Deployment) -> bool:
        with self._parts.store.reading() as transaction:
            place = (deployment.organization, deployment.application, deployment.environment)
            return bool(transaction.deployments.objects(*place))


def _nodes(deployment: str, resolution: Resolution) -> list[DeploymentNode]:
    return [
        DeploymentNode(
            deployment=deployment,
            number=number,
            key=one.key,
            guresid=one.guresid,
            definition="" if one.definition is None else one.definition.id,
            definition_version="" if one.definition is None else one.definition.version,
            criterion=one.rules[0].id if one.rules else "",
            driver="" if one.definition is None else one.definition.driver,
            depends_on=tuple(resolution.context.guresid(key) for key in sorted(one.dependencies)),
        )
        for number, one in enumerate(resolution.resources)
    ]


def _check(resolution: Resolution, modules: list[ResolvedResource], *, needs_cluster: bool) -> None:
    """Refuse what cannot be deployed. Errors: InvalidInputError; DeploymentFailedError."""
    missing = [str(one.key) for one in resolution.missing]
    if needs_cluster:
        found = {one.key for one in resolution.resources}
        missing += [str(key) for key in (CLUSTER, NAMESPACE) if key not in found]
    if missing:
        raise InvalidInputError(
            f"no definition matches {', '.join(missing)}", fix="add a definition, or a criterion to one"
        )
    for where, what in resolution.problems:
        raise InvalidInputError(what, where=where, fix="change the definition, or the ids that its placeholders use")
    for one in resolution.resources:
        if one.definition is not None:
            check_driver(one.definition.driver, f"{one.key} (definition {one.definition.id})")
    failed = []
    for one in modules:
        unknown = {need for _, needs in unknowns_in(one.params) for need in needs}
        is_complete = not unknown and one.definition is None
        if is_complete or any(need.startswith("values") for need in unknown):
            try:
                workload_of(one)
            except InvalidInputError as error:
                failed.append(_invalid(one, error))
    if failed:
        raise DeploymentFailedError(*failed)


def _invalid(one: ResolvedResource, error: InvalidInputError) -> DeploymentError:
    message = f"{error.where}: {error.what} ({error.fix})"
    return DeploymentError("workload", str(one.key), "invalid", "The input is not valid", message, "invalid")


def _end_entry(
    deployment: Deployment, at: datetime, status: DeploymentStatus, errors: tuple[DeploymentError, ...]
) -> Entry:
    is_done = status is DeploymentStatus.SUCCEEDED
    return Entry(
        deployment.organization,
        at,
        Actor(deployment.created_by),
        f"deployment.{status.value}",
        deployment.id,
        Outcome.DONE if is_done else Outcome.FAILED,
        {
            "place": f"{deployment.application}/{deployment.environment}",
            "set": deployment.set_id,
            "dry_run": deployment.is_dry_run,
            "error": "; ".join(one.message for one in errors)[:2000],
        },
    )
