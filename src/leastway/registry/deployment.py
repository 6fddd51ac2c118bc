"""Deployments: how an environment comes to a deployment set. What one is, how far it got, and what it left behind.

At most one deployment of an environment has not ended. A status never goes back from an end: SUCCEEDED and FAILED. An
aborted deployment has failed, and says who aborted it.
Source: Humanitec's API, `DeploymentResponse`, `DeploymentErrorResponse`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leastway.registry.resource_key import ResourceKey

__all__ = [
    "DeployedObject",
    "Deployment",
    "DeploymentError",
    "DeploymentNode",
    "DeploymentPhase",
    "DeploymentStatus",
    "NodeStatus",
]


class DeploymentStatus(enum.Enum):
    """How far a deployment is, in the words of Humanitec's API."""

    PENDING = "pending"
    IN_PROGRESS = "in progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_end(self) -> bool:
        """Whether nothing more happens in the deployment."""
        return self in _ENDS


_ENDS: Final = (DeploymentStatus.SUCCEEDED, DeploymentStatus.FAILED)


class DeploymentPhase(enum.Enum):
    """The steps of a deployment, in their order."""

    FREEZE = "freeze"
    """The graph is settled: which definition, in which version, each resource gets."""
    PROVISION = "provision"
    CHECK = "check"
    """Which cluster answers, and which rights are missing there: before the first change to it."""
    COMPARE = "compare"
    """What would change, of a dry run, which ends with it."""
    APPLY = "apply"
    ROLLOUT = "rollout"
    PRUNE = "prune"


@dataclass(frozen=True, slots=True)
class DeploymentError:
    """What failed in a deployment: `scope` is the kind of thing (deployment, resource, workload), `object_id` which."""

    scope: str
    object_id: str
    code: str
    summary: str
    message: str
    error_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment to an environment.

    `set_id` is the deployment set that it leads to, made of the set of the deployment `from_id` by the delta `delta_id`
    if there is one. `graph` is the id of the graph of its resources, once that is settled. A dry run changes nothing.
    """

    id: str
    organization: str
    application: str
    environment: str
    set_id: str
    delta_id: str | None
    from_id: str | None
    comment: str
    created_at: datetime
    created_by: str
    status_changed_at: datetime
    is_dry_run: bool = False
    status: DeploymentStatus = DeploymentStatus.PENDING
    phase: DeploymentPhase | None = None
    graph: str | None = None
    errors: tuple[DeploymentError, ...] = ()
    aborted_at: datetime | None = None
    aborted_by: str | None = None

    @property
    def is_aborted(self) -> bool:
        """Whether somebody asked to abort it."""
        return self.aborted_at is not None


class NodeStatus(enum.Enum):
    """How far a resource of a deployment is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    LIVE = "live"
    """Provisioned, again by each step that needs it: its outputs are not stored."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentNode:
    """A resource of a deployment as it was settled at the start. `number` is its place in the order of provisioning.

    `depends_on` are the guresids of what it waits for, `run` is the id of the run that provisions it.
    """

    deployment: str
    number: int
    key: ResourceKey
    guresid: str
    definition: str
    definition_version: str
    criterion: str
    driver: str
    depends_on: tuple[str, ...]
    status: NodeStatus = NodeStatus.PENDING
    run: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedObject:
    """An object in a cluster that deployments to an environment brought there, or are about to.

    `cluster` is the guresid of the environment's cluster. `uid` is None until the object was applied. `deployment` is
    the last one that had it.
    """

    organization: str
    application: str
    environment: str
    cluster: str
    version: str
    kind: str
    namespace: str
    name: str
    uid: str | None
    workload: str
    deployment: str
