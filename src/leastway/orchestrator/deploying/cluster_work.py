"""What a deployment does in its cluster: reach it, check it, compare, apply, watch, and remove what left the set.

1. The first deployment records which cluster answers; every later step refuses another one.
2. What is going to be applied is recorded before it is. An object whose uid is not known yet, because the server was
   killed, is removed only if its labels say that it is this environment's, of this organization.
3. A Namespace is made if it does not exist, and is never removed: it may contain what others made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from leastway.errors import LeastwayError
from leastway.kube import (
    AdmissionError,
    ClusterIdentity,
    Connection,
    ForbiddenError,
    UnavailableError,
    cluster_identity,
    need_cluster,
)
from leastway.kube.deploying import (
    WATCHED,
    ObjectName,
    Owner,
    Progress,
    Right,
    Rollout,
    apply,
    compare,
    find_live,
    missing_rights,
    name_of,
    needed_rights,
    remove,
    watch_rollouts,
)
from leastway.orchestrator.deploying.desk import Desk, Log
from leastway.orchestrator.deploying.digest_key import digest_key
from leastway.orchestrator.deploying.objects import Placed, is_module, module_of, objects_for, secrets_in
from leastway.orchestrator.deploying.procedure import DeploymentFailedError
from leastway.orchestrator.deploying.provisioned import CLUSTER, NAMESPACE, Provisioned, open_provisioned
from leastway.orchestrator.deploying.words import failing, persist
from leastway.registry import DeployedObject, Deployment, DeploymentError, DeploymentNode, NodeStatus
from leastway.workloads import Manifest

__all__ = ["ClusterWork", "rollout_time"]

_NAMESPACE_KIND: Final = "Namespace"
_MOST_CHANGES: Final = 50


@dataclass(frozen=True, slots=True)
class _Reached:
    """A cluster, and what a deployment brings to it."""

    connection: Connection
    cluster: str
    placed: tuple[Placed, ...]
    is_namespace_missing: bool
    waiting: frozenset[str]
    """The modules that a dry run does not know: runs would provision what they need first."""

    @property
    def manifests(self) -> list[Manifest]:
        return [one.manifest for one in self.placed]


class ClusterWork:
    """The steps in a cluster. Thread-safe; each deployment is on one thread at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store = desk.parts.store

    def reach(self, deployment: Deployment, log: Log) -> None:
        """Check which cluster answers, if it can be reached already. Errors: DeploymentFailedError."""

        def act() -> None:
            with open_provisioned(self._desk.parts, deployment) as provisioned:
                nodes = {one.key: one for one in provisioned.look()}
                if CLUSTER not in provisioned.outputs:
                    log.say("the cluster cannot be reached before runs have provisioned what it needs")
                    return
                with _connected(provisioned, log) as connection:
                    self._identify(deployment, log, connection, nodes[CLUSTER].guresid)

        persist(self._desk, deployment.id, log, act)

    def check(self, deployment: Deployment, log: Log) -> None:
        """Check the cluster and the rights, and record what is going to be applied. Errors: DeploymentFailedError."""
        if self._is_out_of_reach(deployment):
            return
        with self._reached(deployment, log) as reached:
            names = [name_of(one) for one in reached.manifests]
            gone = [_name(one) for one in self._gone(deployment, names, reached.waiting)]
            rights = needed_rights(names, gone)
            missing = missing_rights(reached.connection, rights)
            if missing:
                raise DeploymentFailedError(*map(_missing, _rules(missing)))
            log.say(f"the cluster gives the {len(rights)} rights that the deployment needs")
            if not deployment.is_dry_run:
                self._record(deployment, reached, {})

    def compare(self, deployment: Deployment, log: Log) -> None:
        """Say what would change. Errors: DeploymentFailedError."""
        if self._is_out_of_reach(deployment):
            log.say("unknown objects: runs provision the way to the cluster first")
            return
        with self._reached(deployment, log) as reached:
            for module in sorted(reached.waiting):
                log.say(f"unknown modules.{module}: runs provision what it needs first")
            manifests = reached.manifests
            names = [name_of(one) for one in manifests]
            if reached.is_namespace_missing:
                for name in names:
                    log.say(f"create {name}")
            else:
                for change in compare(reached.connection, manifests, self._known(deployment)):
                    log.say(f"{'unchanged' if change.kind.value == 'none' else change.kind.value} {change.name}")
                    for field in change.fields[:_MOST_CHANGES]:
                        log.say(f"    {field}")
            for one in self._gone(deployment, names, reached.waiting):
                log.say(f"delete {_name(one)}")

    def apply(self, deployment: Deployment, log: Log) -> None:
        """Apply the objects. Errors: DeploymentFailedError."""

        def act() -> None:
            with self._reached(deployment, log) as reached:
                uids: dict[ObjectName, str] = {}
                try:
                    for one in apply(reached.connection, reached.manifests, self._known(deployment)):
                        uids[one.name] = one.uid
                        log.say(f"{one.name} is {'applied' if one.is_changed else 'unchanged'}")
                        self._desk.go_on(deployment.id)
                finally:
                    self._record(deployment, reached, uids)

        persist(self._desk, deployment.id, log, act)

    def rollout(self, deployment: Deployment, log: Log, since: datetime) -> None:
        """Watch the rollouts until they end. Errors: DeploymentFailedError with the words of the pods."""
        if not self._desk.parts.has_controllers:
            log.say("rollouts are not watched, because no controllers run in the cluster")
            return
        failed: list[DeploymentError] = []

        def act() -> None:
            with self._reached(deployment, log) as reached:
                names = [name for name in map(name_of, reached.manifests) if name.kind in WATCHED and name not in done]
                for name, progress in self._watched(deployment, log, reached.connection, names, since):
                    done.add(name)
                    if progress.outcome is not Rollout.DONE:
                        failed.append(log.masked(_rollout_failed(name, progress, log)))

        done: set[ObjectName] = set()
        persist(self._desk, deployment.id, log, act)
        if failed:
            raise DeploymentFailedError(*failed)

    def prune(self, deployment: Deployment, log: Log) -> None:
        """Remove the objects that left the set. Errors: DeploymentFailedError."""

        def act() -> None:
            with self._reached(deployment, log) as reached:
                gone = self._gone(deployment, [name_of(one) for one in reached.manifests], reached.waiting)
                for one in gone:
                    self._desk.go_on(deployment.id)
                    self._remove(deployment, log, reached.connection, one)

        persist(self._desk, deployment.id, log, act)

    def _is_out_of_reach(self, deployment: Deployment) -> bool:
        """Return whether a dry run cannot see the cluster or its namespace, which runs would provision first."""
        if not deployment.is_dry_run:
            return False
        with self._store.reading() as transaction:
            nodes = transaction.deployments.nodes(deployment.id)
        return any(one.status is NodeStatus.PENDING for one in nodes if one.key in (CLUSTER, NAMESPACE))

    @contextmanager
    def _reached(self, deployment: Deployment, log: Log) -> Iterator[_Reached]:
        """Give the right cluster, and the manifests. Errors: DeploymentFailedError; UnavailableError; NoAgentError."""
        with open_provisioned(self._desk.parts, deployment) as provisioned:
            nodes = {one.key: one for one in provisioned.look()}
            waiting = _waiting(deployment, nodes.values())
            with failing("deployment", deployment.id, log):
                placed = self._placed(deployment, log, provisioned, waiting)
            with _connected(provisioned, log) as connection:
                self._identify(deployment, log, connection, nodes[CLUSTER].guresid)
                namespace = _missing_namespace(connection, provisioned.namespace)
                if namespace is not None:
                    placed = (Placed(namespace, ""), *placed)
                yield _Reached(connection, nodes[CLUSTER].guresid, placed, namespace is not None, waiting)

    def _placed(
        self, deployment: Deployment, log: Log, provisioned: Provisioned, waiting: frozenset[str]
    ) -> tuple[Placed, ...]:
        resources = provisioned.resources()
        for outputs in provisioned.outputs.values():
            log.hide(secrets_in(outputs.secrets))
        modules = [one for key, one in resources.items() if is_module(key) and module_of(key) not in waiting]
        for one in modules:
            log.hide(secrets_in(one.params))
        key = digest_key(self._store, self._desk.parts.custody, deployment)
        return objects_for(deployment, provisioned.namespace, modules, provisioned.outputs, key)

    def _identify(self, deployment: Deployment, log: Log, connection: Connection, guresid: str) -> None:
        """Refuse another cluster than the one that was recorded; record the first one."""
        with self._store.reading() as transaction:
            known = transaction.deployments.cluster(guresid)
        if known is not None:
            need_cluster(connection, ClusterIdentity(*known))
            return
        found = cluster_identity(connection)
        if deployment.is_dry_run:
            return
        with self._store.writing() as transaction:
            if transaction.deployments.cluster(guresid) is None:
                transaction.deployments.record_cluster(
                    guresid, deployment.organization, found.authority, found.uid, deployment.id
                )
        log.say(f"{connection.where} is recorded: CA {found.authority[:16]}, kube-system {found.uid}")

    def _inventory(self, deployment: Deployment) -> tuple[DeployedObject, ...]:
        with self._store.reading() as transaction:
            return transaction.deployments.objects(
                deployment.organization, deployment.application, deployment.environment
            )

    def _known(self, deployment: Deployment) -> dict[ObjectName, str]:
        """Return the uids of what was applied before."""
        return {_name(one): one.uid for one in self._inventory(deployment) if one.uid is not None}

    def _gone(
        self, deployment: Deployment, names: Iterable[ObjectName], waiting: frozenset[str]
    ) -> list[DeployedObject]:
        wanted, inventory = set(names), self._inventory(deployment)
        return [one for one in inventory if _name(one) not in wanted and one.workload not in waiting]

    def _record(self, deployment: Deployment, reached: _Reached, uids: dict[ObjectName, str]) -> None:
        with self._store.writing() as transaction:
            for one in reached.placed:
                name = name_of(one.manifest)
                if name.kind == _NAMESPACE_KIND:
                    continue
                transaction.deployments.put_object(
                    DeployedObject(
                        organization=deployment.organization,
                        application=deployment.application,
                        environment=deployment.environment,
                        cluster=reached.cluster,
                        version=name.version,
                        kind=name.kind,
                        namespace=name.namespace,
                        name=name.name,
                        uid=uids.get(name),
                        workload=one.workload,
                        deployment=deployment.id,
                    )
                )

    def _watched(
        self, deployment: Deployment, log: Log, connection: Connection, names: list[ObjectName], since: datetime
    ) -> Iterator[tuple[ObjectName, Progress]]:
        parts = self._desk.parts
        left = max(0.0, parts.rollout_seconds - (parts.clock.now() - since).total_seconds())

        def report(name: ObjectName, progress: Progress) -> None:
            log.say(f"{name}: {progress.counted}{_updated(name, progress)}")
            for pod in progress.pods:
                log.say(f"    pod {pod.name}: {log.shortened(pod.words)}")

        def is_stopped() -> bool:
            self._desk.go_on(deployment.id)
            return False

        return watch_rollouts(connection, names, seconds=left, report=report, is_stopped=is_stopped, clock=parts.clock)

    def _remove(self, deployment: Deployment, log: Log, connection: Connection, one: DeployedObject) -> None:
        owner = Owner(deployment.organization, deployment.application, deployment.environment)
        for removal in remove(connection, [(_name(one), one.uid)], owner):
            log.say(f"{removal.name} {removal.words}")
        with self._store.writing() as transaction:
            transaction.deployments.forget_object(one)


def _waiting(deployment: Deployment, nodes: Iterable[DeploymentNode]) -> frozenset[str]:
    if not deployment.is_dry_run:
        return frozenset()
    return frozenset(module_of(one.key) for one in nodes if is_module(one.key) and one.status is NodeStatus.PENDING)


def rollout_time(recorded: dict[str, Any]) -> datetime:
    """Return the time that the step before recorded."""
    return datetime.fromisoformat(recorded["at"]).astimezone(UTC)


def _name(one: DeployedObject) -> ObjectName:
    return ObjectName(one.version, one.kind, one.namespace, one.name)


@contextmanager
def _connected(provisioned: Provisioned, log: Log) -> Iterator[Connection]:
    """Give a connection to the cluster. Errors: DeploymentFailedError for what the grant lacks; those of the block."""
    connection = provisioned.connect()
    try:
        yield connection
    except AdmissionError:
        raise
    except ForbiddenError as error:
        raise DeploymentFailedError(log.masked(_forbidden(error))) from error
    finally:
        connection.close()


def _missing_namespace(connection: Connection, name: str) -> Manifest | None:
    """Return the manifest of a namespace that does not exist. One that may not be read counts as existing.

    Errors: UnavailableError while it is being removed.
    """
    manifest: Manifest = {
        "apiVersion": "v1",
        "kind": _NAMESPACE_KIND,
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "leastway"}},
    }
    try:
        live = find_live(connection, name_of(manifest))
    except ForbiddenError:
        return None
    if live is not None and live["metadata"].get("deletionTimestamp") is not None:
        raise UnavailableError(f"the namespace {name} is being removed", where=connection.where, fix="wait for its end")
    return manifest if live is None else None


def _rules(missing: Iterable[Right]) -> list[tuple[Right, tuple[str, ...]]]:
    """Return the missing rights as rules: one of the rights of each, and the verbs of all of them."""
    rules: dict[Right, list[str]] = {}
    for right in missing:
        rules.setdefault(replace(right, verb=""), []).append(right.verb)
    return [(right, tuple(verbs)) for right, verbs in rules.items()]


def _missing(rule: tuple[Right, tuple[str, ...]]) -> DeploymentError:
    right, verbs = rule
    where = f" in the namespace {right.namespace}" if right.namespace else ""
    written = f'{{apiGroups: ["{right.group}"], resources: ["{right.resource}"], verbs: [{", ".join(verbs)}]}}'
    message = (
        f"the cluster does not allow {', '.join(verbs)} of {right.resource}{where}. The grant needs this rule{where}: "
        f"{written}" + ("; if it has it, run leastway apply once the namespace exists" if where else "")
    )
    return DeploymentError(
        "deployment", f"{right.resource}{where}", "missing-right", "A right is missing", message, "missing-right"
    )


def _forbidden(error: LeastwayError) -> DeploymentError:
    message = (
        f"{error.what}. Which cluster answers is read from the namespace kube-system, and workloads from their own"
    )
    fix = ' The grant needs {apiGroups: [""], resources: ["namespaces"], verbs: [get]} for it'
    is_identity = "kube-system" in error.what or "namespaces" in error.what
    return DeploymentError(
        "deployment",
        "namespaces" if is_identity else "cluster",
        "missing-right",
        "A right is missing",
        message + fix if is_identity else error.what,
        "missing-right",
    )


def _updated(name: ObjectName, progress: Progress) -> str:
    return "" if name.kind == "Job" else f", {progress.updated} updated"


def _rollout_failed(name: ObjectName, progress: Progress, log: Log) -> DeploymentError:
    pods = "".join(f"; pod {one.name}: {log.shortened(one.words)}" for one in progress.pods)
    outcome = "" if progress.outcome is None else progress.outcome.value
    message = f"{name}: the rollout {outcome}: {log.shortened(progress.reason)} ({progress.counted}){pods}"
    return DeploymentError("workload", name.name, f"rollout-{outcome.replace(' ', '-')}", "Rollout", message, "rollout")
