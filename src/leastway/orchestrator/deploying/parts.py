"""The parts of the server that deployments work with."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from leastway.broker import Enter
from leastway.custody import Custody
from leastway.orchestrator.drivers.reaching import ReachingParts
from leastway.primitives import Clock, Secret
from leastway.registry import ActiveResource, Deployment, DeploymentNode, ResourceKey
from leastway.resolve import DefinitionsRead, Outputs, Resolution, ResolvedResource
from leastway.sessions import Subject
from leastway.store import PlatformStore

__all__ = ["DeployingParts", "DeploymentMeans"]

_ROLLOUT: Final = 600.0


class DeploymentMeans(Protocol):
    """What a deployment asks of the server besides its store."""

    def resolve(
        self,
        deployment: Deployment,
        outputs: Mapping[ResourceKey, Outputs],
        settled: tuple[DeploymentNode, ...] | None = None,
        known: DefinitionsRead | None = None,
    ) -> Resolution:
        """Return the resources of the deployment's set with their inputs; the definitions are those of `settled`.

        Those that are `known` are not read again, and those that are read become known. Errors: InvalidInputError.
        """
        ...

    def requested(self, deployment: Deployment) -> tuple[ResourceKey, ...]:
        """Return the resources that the deployment's set names."""
        ...

    def agent_pass(
        self, deployment: Deployment, agent: str, enter: Enter, lineage: tuple[Subject, ...]
    ) -> AbstractContextManager[Secret]:
        """Give the URL of a proxy through an agent. Errors: NoAgentError; LeastwayError."""
        ...

    def check_runs(self) -> None:
        """Refuse runs that this server could not carry out. Errors: LeastwayError."""
        ...

    def start_run(self, deployment: Deployment, resource: ResolvedResource) -> str:
        """Start the run that provisions a resource, once for a deployment, and return its id.

        Errors: InvalidInputError; WaitingError while another run for the resource works.
        """
        ...

    def start_destroying(self, deployment: Deployment, active: ActiveResource) -> str | None:
        """Start the run that destroys a resource, once for a deployment; None for one that no run provisioned.

        Errors as above.
        """
        ...

    def cancel_run(self, run: str, by: str) -> None:
        """Cancel a run that has not ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployingParts:
    """What the server has. A rollout has `rollout_seconds`.

    Without `has_controllers`, nothing makes pods in the clusters, and rollouts are not watched.
    """

    store: PlatformStore
    custody: Custody
    reaching: ReachingParts
    means: DeploymentMeans
    clock: Clock
    rollout_seconds: float = _ROLLOUT
    has_controllers: bool = True
