"""What the durable work of deployments asks of the server: resolutions, runs, and passes through agents.

A run of a deployment has an id that follows from the deployment and the resource, so that a server that was killed
finds the run that it began. Nobody's token is needed: whoever created the deployment was allowed to, and the entries
name that user.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from leastway.audit import Actor, Entry
from leastway.broker import Enter
from leastway.orchestrator.deploying import Deploying, DeployingParts, carry_out_deployment
from leastway.orchestrator.drivers.reaching import ReachingParts
from leastway.orchestrator.recording import end_cancelled
from leastway.ports import SealedSecret, Steps, WaitingError
from leastway.primitives import Secret
from leastway.registry import (
    EMPTY_SET,
    ActiveResource,
    Criterion,
    Deployment,
    DeploymentNode,
    DeploymentSet,
    ResourceKey,
    Run,
    RunAction,
)
from leastway.resolve import DefinitionsRead, MatchingRule, Outputs, Resolution, ResolvedResource, read_request
from leastway.service.environments import require_environment
from leastway.service.resolution import resolve_context
from leastway.service.runs import WantedRun, destroying_run, provisioning_run
from leastway.service.server import Server
from leastway.service.sets import require_set
from leastway.service.tunnels import AgentAwayError, AgentElsewhereError
from leastway.sessions import Subject

__all__ = ["DEPLOYMENT", "DeploymentWork", "ServerMeans"]

DEPLOYMENT: Final = "deployment"
"""The name of the workflow. It never changes."""
_HAND_OVER: Final = timedelta(seconds=0.5)
"""After this time, any process of the server may go on with a deployment whose agent is not here, or not yet."""


class ServerMeans:
    """See `leastway.orchestrator.deploying.DeploymentMeans`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def resolve(
        self,
        deployment: Deployment,
        outputs: Mapping[ResourceKey, Outputs],
        settled: tuple[DeploymentNode, ...] | None = None,
        known: DefinitionsRead | None = None,
    ) -> Resolution:
        """Return the resources of the deployment's set with their inputs, also the secret ones."""
        found = self._set(deployment)
        rules = None if settled is None else {one.key: _rule(one) for one in settled if one.definition}
        place = (deployment.organization, deployment.application, deployment.environment)
        requested = read_request({"modules": found.modules, "shared": found.shared})
        return resolve_context(
            self._server,
            *place,
            requested,
            with_secrets=True,
            deployment=deployment.id,
            services=_services(found),
            settled=rules,
            outputs=outputs,
            known=known,
        )

    def requested(self, deployment: Deployment) -> tuple[ResourceKey, ...]:
        """Return the resources that the deployment's set names."""
        found = self._set(deployment)
        return tuple(one.key for one in read_request({"modules": found.modules, "shared": found.shared}))

    @contextmanager
    def agent_pass(
        self, deployment: Deployment, agent: str, enter: Enter, lineage: tuple[Subject, ...]
    ) -> Iterator[Secret]:
        """Give the URL of a proxy through an agent.

        Errors: WaitingError if the agent is connected to another process, which can go on with the deployment, or if
        it is expected back: after a start of the server, agents need a moment to dial again.
        """
        tunnels, organization = self._server.tunnels, deployment.organization
        try:
            with tunnels.agent_pass(organization, agent, work=deployment.id, enter=enter, lineage=lineage) as url:
                yield url
        except (AgentAwayError, AgentElsewhereError) as error:
            raise WaitingError(error.what, fix=error.fix, until=self._server.clock.now() + _HAND_OVER) from error

    def check_runs(self) -> None:
        """Refuse runs that this server could not carry out."""
        self._server.runs.check_ready()

    def start_run(self, deployment: Deployment, resource: ResolvedResource) -> str:
        """Start the run that provisions a resource, once for a deployment."""
        wanted = WantedRun(
            application=deployment.application, environment=deployment.environment, resource=str(resource.key)
        )
        identifier = _run_id(deployment, resource.guresid, wanted.action)
        run, sealed = provisioning_run(
            self._server, deployment.organization, wanted, resource, by=deployment.created_by, identifier=identifier
        )
        return self._start(deployment, run, sealed)

    def start_destroying(self, deployment: Deployment, active: ActiveResource) -> str | None:
        """Start the run that destroys a resource, once for a deployment; None for one that no run provisioned."""
        identifier = _run_id(deployment, active.guresid, RunAction.DESTROY)
        with self._server.store.reading() as transaction:
            begun = transaction.runs.find(identifier)
            before = transaction.runs.find(active.deployment, deployment.organization)
        if begun is not None:
            if not begun.status.is_end:
                _outside_of_steps(self._server.runs.start, identifier)
            return identifier
        if before is None:
            return None
        key = ResourceKey(active.type, active.resource_class, active.id)
        wanted = WantedRun(
            application=deployment.application,
            environment=deployment.environment,
            resource=str(key),
            action=RunAction.DESTROY,
        )
        run, sealed = destroying_run(
            self._server, deployment.organization, wanted, by=deployment.created_by, identifier=identifier
        )
        return self._start(deployment, run, sealed)

    def cancel_run(self, run: str, by: str) -> None:
        """Cancel a run that has not ended."""
        with self._server.store.writing() as transaction:
            found = transaction.runs.find(run)
            if found is None or found.status.is_end:
                return
            if not found.is_cancelled:
                transaction.runs.change(run, cancelled_at=transaction.now, cancelled_by=by)
                details = {"phase": "" if found.phase is None else found.phase.value}
                entry = Entry(found.organization, transaction.now, Actor(by), "run.cancelled", run, details=details)
                transaction.audit.append(entry)
            has_ended = end_cancelled(transaction, found)
        if not has_ended:
            _outside_of_steps(self._server.runs.cancel, run)

    def _start(self, deployment: Deployment, run: Run, sealed: SealedSecret) -> str:
        """Store and start a run, unless an earlier call did. Errors: WaitingError while another run works on it."""
        with self._server.store.writing() as transaction:
            require_environment(
                transaction, deployment.organization, deployment.application, deployment.environment, lock=True
            )
            if transaction.runs.find(run.id) is None:
                unfinished = transaction.runs.unfinished_of(run.organization, run.guresid)
                if unfinished is not None:
                    raise WaitingError(f"run {unfinished.id} for {run.key} has not ended")
                transaction.runs.add(replace(run, created_at=transaction.now))
                transaction.secrets.add(sealed, deployment.created_by)
                details = {
                    "place": f"{run.application}/{run.environment}",
                    "resource": str(run.key),
                    "definition": run.definition,
                    "version": run.definition_version,
                    "account": run.account or "",
                    "run_action": run.action.value,
                    "credentials": run.credentials.value,
                    "warnings": run.warnings,
                    "work": deployment.id,
                }
                actor = Actor(deployment.created_by)
                entry = Entry(run.organization, transaction.now, actor, "run.created", run.id, details=details)
                transaction.audit.append(entry)
        _outside_of_steps(self._server.runs.start, run.id)
        return run.id

    def _set(self, deployment: Deployment) -> DeploymentSet:
        if deployment.set_id == EMPTY_SET.id:
            return EMPTY_SET
        with self._server.store.reading() as transaction:
            return require_set(transaction, deployment.organization, deployment.application, deployment.set_id)


class DeploymentWork:
    """The deployments that this process carries out. See `leastway.service.durable_work`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        brokerage = server.brokerage
        reaching = ReachingParts(
            broker=brokerage.broker,
            gate=brokerage.gate,
            ledger=server.logs.ledger,
            sts=server.aws.sts,
            clusters=server.aws.clusters,
            clock=server.clock,
        )
        parts = DeployingParts(
            store=server.store,
            custody=server.custody,
            reaching=reaching,
            means=ServerMeans(server),
            clock=server.clock,
            has_controllers=server.settings.has_controllers,
        )
        self._work = Deploying(parts)

    def due(self) -> tuple[tuple[str, str], ...]:
        """Return the workflows that have not ended: the id of each, and its argument."""
        with self._server.store.reading() as transaction:
            found = transaction.deployments.unfinished()
        return tuple((f"{DEPLOYMENT}/{one.id}", one.id) for one in found)

    def carry_out(self, steps: Steps, deployment: str) -> object:
        """Carry out a deployment. Errors: WaitingError; those of the server itself."""
        return carry_out_deployment(self._work, steps, deployment)

    def stop(self) -> None:
        """Let what works end soon."""
        self._work.stop()

    def close(self) -> None:
        """Write what waits in logs."""
        self._work.close()


def _outside_of_steps(act: Callable[[str], None], run: str) -> None:
    """Call `act` on another thread: within a step, the engine starts no other workflow."""
    thread = threading.Thread(target=act, args=(run,), name="leastway-deployment-run")
    thread.start()
    thread.join()


def _run_id(deployment: Deployment, guresid: str, action: RunAction) -> str:
    return str(uuid.uuid5(uuid.UUID(deployment.id), f"{action.value}/{guresid}"))


def _rule(node: DeploymentNode) -> tuple[MatchingRule, str]:
    rule = MatchingRule(node.key.type, node.definition, Criterion.parse({}), node.criterion)
    return rule, node.definition_version


def _services(found: DeploymentSet) -> dict[str, str]:
    """Return what modules know of each other's Services: the name, and the port if there is one."""
    services = {}
    for name, module in found.modules.items():
        services[f"modules.{name}.service.name"] = name
        spec = module.get("spec") or {}
        service = spec.get("service") if isinstance(spec, Mapping) else None
        ports = service.get("ports") if isinstance(service, Mapping) else None
        known = [one.get("service_port") for one in ports.values()] if isinstance(ports, Mapping) else []
        if len(known) == 1 and isinstance(known[0], int | str):
            services[f"modules.{name}.service.port"] = str(known[0])
    return services
