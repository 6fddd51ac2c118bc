"""Resources of a deployment: provisioned in the graph's order, and destroyed when no deployment needs them any more.

1. Independent resources are provisioned side by side. What is done is stored for each, and is not done again.
2. Drivers within the server come first, so that a missing agent or a wrong definition ends the deployment before a run
   changes anything.
3. If one fails, no other is begun; runs that work end first.
4. Only what a deployment provisioned is destroyed, or what somebody scheduled for deletion; one after another, in the
   reverse order of provisioning. A failure does not take back the deployment: it is named, the resource stays visible
   as `deleting`, and the next deployment tries again.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from leastway.errors import LeastwayError, OutOfReachError
from leastway.orchestrator.deploying.desk import Desk, Log
from leastway.orchestrator.deploying.objects import secrets_in
from leastway.orchestrator.deploying.procedure import DeploymentFailedError
from leastway.orchestrator.deploying.provisioned import Provisioned, open_provisioned
from leastway.orchestrator.deploying.words import error_of, failing
from leastway.orchestrator.drivers import Provided
from leastway.orchestrator.drivers.recorded import store_outputs
from leastway.ports import Holder, HolderKind, WaitingError
from leastway.registry import (
    TERRAFORM,
    ActiveResource,
    ActiveResourceStatus,
    Deployment,
    DeploymentError,
    DeploymentNode,
    NodeStatus,
    RunStatus,
)
from leastway.resolve import ResolvedResource
from leastway.store import Transaction

__all__ = ["destroy_unneeded", "provision_all", "provision_within"]

_SIDE_BY_SIDE: Final = 8
_SETTLED: Final = (NodeStatus.DONE, NodeStatus.LIVE)


def provision_within(desk: Desk, deployment: Deployment, log: Log) -> None:
    """Provision what the drivers of this server can, as far as no run must come first.

    Errors: DeploymentFailedError; WaitingError.
    """
    if deployment.is_dry_run:
        _settle_made(desk, deployment, log)
    with failing("deployment", deployment.id, log), open_provisioned(desk.parts, deployment) as provisioned:
        _within(desk, deployment, log, provisioned)


def provision_all(desk: Desk, deployment: Deployment, log: Log) -> None:
    """Provision every resource. Errors: DeploymentFailedError; WaitingError while runs work."""
    while True:
        desk.go_on(deployment.id)
        nodes = _looked_at_runs(desk, log, deployment)
        is_working = any(one.status is NodeStatus.RUNNING for one in nodes)
        failed = [one for one in nodes if one.status is NodeStatus.FAILED]
        if is_working and (failed or not _ready(nodes)):
            raise desk.later("runs work")
        if failed:
            raise DeploymentFailedError(*map(_run_failed, failed))
        if not _ready(nodes):
            return
        with failing("deployment", deployment.id, log), open_provisioned(desk.parts, deployment) as provisioned:
            nodes = _within(desk, deployment, log, provisioned)
            _start_runs(desk, deployment, log, provisioned, [one for one in _ready(nodes) if one.driver == TERRAFORM])


def destroy_unneeded(desk: Desk, deployment: Deployment, log: Log, *, passing: frozenset[str]) -> list[DeploymentError]:
    """Destroy the resources that no node needs, and those of `passing`, which only this deployment needed.

    Returns what could not be destroyed. Errors: DeploymentFailedError if it was aborted; WaitingError while runs work.
    """
    place = (deployment.organization, deployment.application, deployment.environment)
    failed: dict[str, DeploymentError] = {}
    while True:
        desk.go_on(deployment.id)
        with desk.parts.store.reading() as transaction:
            nodes = transaction.deployments.nodes(deployment.id)
            active = transaction.active_resources.of_environment(*place)
            order = _order_before(transaction, deployment)
            wanted = {one.guresid for one in nodes} - passing
            stays = wanted | failed.keys()
            left = [one for one in active if one.guresid not in stays and _may_go(transaction, place, one)]
        if not left:
            return list(failed.values())
        one = max(left, key=lambda each: order.get(each.guresid, -1))
        try:
            with failing("resource", _name(one), log):
                run = desk.parts.means.start_destroying(deployment, one)
            if run is None:
                _forget(desk, deployment, one)
                log.say(f"{_name(one)} is not needed any more")
            else:
                _need_destroyed(desk, log, one, run)
        except DeploymentFailedError as error:
            failed[one.guresid] = error.errors[0]


def _settle_made(desk: Desk, deployment: Deployment, log: Log) -> None:
    """Count what runs made before as provisioned, for a dry run, which starts none."""
    place = (deployment.organization, deployment.application, deployment.environment)
    with desk.parts.store.writing() as transaction:
        active = transaction.active_resources.of_environment(*place)
        made = {one.guresid for one in active if one.status is ActiveResourceStatus.ACTIVE}
        for node in transaction.deployments.nodes(deployment.id):
            if node.driver != TERRAFORM:
                continue
            if node.guresid in made:
                transaction.deployments.change_node(node, status=NodeStatus.DONE)
            else:
                log.say(f"{node.key} would be provisioned by a run, which a dry run does not start")


def _within(desk: Desk, deployment: Deployment, log: Log, provisioned: Provisioned) -> tuple[DeploymentNode, ...]:
    """Provision what can be without a run, until nothing is left, and return the resources."""
    while True:
        desk.go_on(deployment.id)
        nodes = provisioned.look()
        ready = [one for one in _ready(nodes) if one.driver != TERRAFORM]
        if not ready:
            return nodes
        resources = provisioned.resources()
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            begun = [
                pool.submit(_provision, desk, deployment, log, provisioned, node, resources[node.key]) for node in ready
            ]
        if failed := [error for one in begun if (error := one.result()) is not None]:
            raise DeploymentFailedError(*failed)


def _provision(
    desk: Desk,
    deployment: Deployment,
    log: Log,
    provisioned: Provisioned,
    node: DeploymentNode,
    resource: ResolvedResource,
) -> DeploymentError | None:
    """Provision one resource; return why that is not possible."""
    if not node.definition:
        _settle(desk, node, NodeStatus.DONE)
        return None
    try:
        provided = provisioned.provide(node, resource)
    except (OutOfReachError, WaitingError):
        raise
    except LeastwayError as error:
        log.hide(secrets_in(resource.secrets))
        return log.masked(error_of(error, "resource", str(node.key)))
    is_live = provided.is_live or deployment.is_dry_run
    with desk.parts.store.writing() as transaction:
        if not deployment.is_dry_run:
            _record(desk, transaction, deployment, node, resource, provided)
        transaction.deployments.change_node(node, status=NodeStatus.LIVE if is_live else NodeStatus.DONE)
    log.say(f"{node.key} is provisioned by {node.driver} (definition {node.definition})")
    for warning in provided.warnings:
        log.say(f"warning: {node.key}: {warning}")
    return None


def _record(
    desk: Desk,
    transaction: Transaction,
    deployment: Deployment,
    node: DeploymentNode,
    resource: ResolvedResource,
    provided: Provided,
) -> None:
    """Store the active resource and its outputs."""
    place = (deployment.organization, deployment.application, deployment.environment)
    by = deployment.created_by
    custody, organization = desk.parts.custody, deployment.organization
    values, refs = store_outputs(transaction, custody, organization, node.guresid, provided, by)
    before = next(
        (one for one in transaction.active_resources.of_environment(*place) if one.guresid == node.guresid), None
    )
    made = ActiveResource(
        organization=organization,
        application=deployment.application,
        environment=deployment.environment,
        type=node.key.type,
        resource_class=node.key.resource_class,
        id=node.key.id,
        guresid=node.guresid,
        definition=node.definition,
        definition_version=node.definition_version,
        target_version=None if before is None else before.target_version,
        criterion=node.criterion or None,
        driver=node.driver,
        account=resource.account if isinstance(resource.account, str) and resource.account else None,
        deployment=deployment.id,
        status=ActiveResourceStatus.ACTIVE,
        outputs=values,
        secret_refs=refs,
        updated_at=transaction.now,
    )
    transaction.active_resources.put(made)


def _ready(nodes: Iterable[DeploymentNode]) -> list[DeploymentNode]:
    """Return what waits for nothing but its turn."""
    every = tuple(nodes)
    settled = {one.guresid for one in every if one.status in _SETTLED}
    return [one for one in every if one.status is NodeStatus.PENDING and settled.issuperset(one.depends_on)]


def _start_runs(
    desk: Desk, deployment: Deployment, log: Log, provisioned: Provisioned, ready: list[DeploymentNode]
) -> None:
    resources = provisioned.resources() if ready else {}
    for node in ready:
        with failing("resource", str(node.key), log):
            run = desk.parts.means.start_run(deployment, resources[node.key])
        with desk.parts.store.writing() as transaction:
            transaction.deployments.change_node(node, status=NodeStatus.RUNNING, run=run)
        log.say(f"{node.key} is provisioned by run {run} (definition {node.definition})")


def _looked_at_runs(desk: Desk, log: Log, deployment: Deployment) -> tuple[DeploymentNode, ...]:
    """Settle the resources whose runs have ended, and return all."""
    with desk.parts.store.reading() as transaction:
        nodes = transaction.deployments.nodes(deployment.id)
    for node in nodes:
        if node.status is not NodeStatus.RUNNING or node.run is None:
            continue
        with desk.parts.store.reading() as transaction:
            run = transaction.runs.find(node.run)
        if run is not None and not run.status.is_end:
            continue
        is_done = run is not None and run.status is RunStatus.SUCCEEDED
        error = "it is gone" if run is None else None if is_done else f"it {run.status.value}: {run.error or ''}"
        _settle(desk, node, NodeStatus.DONE if is_done else NodeStatus.FAILED, error)
        log.say(f"run {node.run} of {node.key} {'succeeded' if is_done else error}")
    with desk.parts.store.reading() as transaction:
        return transaction.deployments.nodes(deployment.id)


def _settle(desk: Desk, node: DeploymentNode, status: NodeStatus, error: str | None = None) -> None:
    with desk.parts.store.writing() as transaction:
        transaction.deployments.change_node(node, status=status, error=error)


def _run_failed(node: DeploymentNode) -> DeploymentError:
    message = f"{node.key}: run {node.run}: {node.error} (its log says more: leastway runs logs {node.run})"
    return DeploymentError("resource", str(node.key), "run-failed", "A run failed", message, "run-failed")


def _may_go(transaction: Transaction, place: tuple[str, str, str], one: ActiveResource) -> bool:
    """Return whether somebody scheduled a resource for deletion, or a deployment provisioned it, maybe with a run."""
    deployments = transaction.deployments
    is_ours = deployments.find(one.deployment, place) is not None or deployments.has_run(place, one.deployment)
    return one.is_scheduled_for_deletion or is_ours


def _order_before(transaction: Transaction, deployment: Deployment) -> dict[str, int]:
    """Return the place of each resource in the order in which it was provisioned before."""
    before = None if deployment.from_id is None else transaction.deployments.nodes(deployment.from_id)
    return {one.guresid: one.number for one in before or ()}


def _forget(desk: Desk, deployment: Deployment, one: ActiveResource) -> None:
    with desk.parts.store.writing() as transaction:
        transaction.active_resources.remove(one)
        for kind in (HolderKind.RESOURCE, HolderKind.COOKIE):
            transaction.secrets.delete(Holder(deployment.organization, kind, one.guresid))
        transaction.deployments.forget_cluster(one.guresid)


def _need_destroyed(desk: Desk, log: Log, one: ActiveResource, run: str) -> None:
    """Go on once the run that destroys a resource succeeded. Errors: WaitingError; DeploymentFailedError."""
    with desk.parts.store.reading() as transaction:
        found = transaction.runs.find(run)
    if found is not None and not found.status.is_end:
        raise desk.later(f"run {run} destroys {_name(one)}")
    if found is None or found.status is not RunStatus.SUCCEEDED:
        why = "it is gone" if found is None else f"it {found.status.value}: {found.error or ''}"
        message = f"{_name(one)} was not destroyed: run {run}: {why} (the next deployment tries again)"
        raise DeploymentFailedError(
            DeploymentError("resource", _name(one), "run-failed", "A run failed", message, "run-failed")
        )
    log.say(f"{_name(one)} is destroyed by run {run}")


def _name(one: ActiveResource) -> str:
    return f"{one.type}.{one.resource_class}#{one.id}"
