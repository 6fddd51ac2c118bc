"""Runs: the work that makes or removes a resource of an environment with Terraform. What one is, and how far it got.

A run is for one resource, whose definition, version and inputs are settled when it is created. At most one run for a
resource is unfinished. A status never goes back from an end: SUCCEEDED, FAILED and CANCELLED.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from leastway.registry.resource_key import ResourceKey

__all__ = ["LINES_AT_ONCE", "Run", "RunAction", "RunCall", "RunCredentials", "RunLine", "RunPhase", "RunStatus"]


class RunAction(enum.Enum):
    """What a run is to do."""

    APPLY = "apply"
    PLAN = "plan"
    """Show what an apply would change, and change nothing."""
    DESTROY = "destroy"


class RunStatus(enum.Enum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting-approval"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        """Whether nothing more happens in the run."""
        return self in _ENDS


_ENDS: Final = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)


class RunPhase(enum.Enum):
    """The steps of a run, in their order."""

    FETCH = "fetch"
    SCAN = "scan"
    INIT = "init"
    PLAN = "plan"
    CHECK = "check"
    APPROVE = "approve"
    APPLY = "apply"
    OUTPUTS = "outputs"
    RECORD = "record"


class RunCredentials(enum.Enum):
    """What the module gets as credentials of AWS."""

    SURROGATE = "surrogate"
    """Keys that open nothing: the gateway signs."""
    INJECTED = "injected"
    """Temporary credentials, as the definition asks for by name."""
    KEYS = "keys"
    """Surrogates of long-term keys, which the definition has among its secret variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of an organization. `attempt` counts from 1; another one begins when a server found the run unfinished.

    `commit` is that of the module's source, `role` the one that AWS calls are made with, `contract` the digest of the
    contract that governs them, enforced or only observed. `plan` says what the plan would change, without values;
    `plan_digest` is that of the saved plan, and `plan_used` says that an apply of it was begun. `lease` names the
    attempt that may work, until `lease_until`. `ended_how` says what a cancellation left.
    """

    id: str
    organization: str
    application: str
    environment: str
    key: ResourceKey
    guresid: str
    definition: str
    definition_version: str
    criterion: str | None
    driver: str
    account: str | None
    action: RunAction
    needs_approval: bool
    credentials: RunCredentials = RunCredentials.SURROGATE
    status: RunStatus = RunStatus.QUEUED
    phase: RunPhase | None = None
    attempt: int = 0
    commit: str | None = None
    role: str | None = None
    contract: str | None = None
    is_enforced: bool = False
    plan: Mapping[str, Any] | None = None
    plan_digest: str | None = None
    plan_used: bool = False
    warnings: tuple[str, ...] = ()
    error: str | None = None
    ended_how: str | None = None
    created_at: datetime
    created_by: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    lease: str | None = field(default=None, repr=False)
    lease_until: datetime | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked to cancel it."""
        return self.cancelled_at is not None


LINES_AT_ONCE: Final = 1_000
"""Lines of a log, of a run or a deployment, in one answer. Whoever wants more asks for those after its last number."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line of a run's log, with secrets masked. `number` counts from 1 in the run."""

    number: int
    at: datetime
    phase: str
    text: str


@dataclass(frozen=True, slots=True)
class RunCall:
    """One AWS call that the gateway judged in a run. No status: AWS was not asked, or did not answer.

    Each of `actions` has the resource at the same place in `resources`; empty if the request did not show it.
    """

    number: int
    attempt: int
    at: datetime
    phase: str
    decision: str
    service: str
    operation: str
    region: str
    role: str | None
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    reason: str
    status: int | None = None
    code: str = ""
    request_id: str = ""
