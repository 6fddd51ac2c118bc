"""The platform's server in a rehearsal: what it is asked to do with the accounts of a grant, and how that went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from leastway.ports.guests import SessionKeys
from leastway.primitives import Secret

__all__ = [
    "PlatformSide",
    "PlatformStep",
    "RehearsedAccount",
    "RehearsedAgent",
    "RehearsedBucket",
    "RehearsedRole",
    "RehearsedWorkload",
]


@dataclass(frozen=True, slots=True)
class RehearsedRole:
    """A role that an account assumes in addition to its own."""

    arn: str
    external_id: str


@dataclass(frozen=True, slots=True)
class RehearsedAccount:
    """A cloud account to register: its credentials by the members of its type, and further roles."""

    id: str
    name: str
    type: str
    credentials: Mapping[str, str | Secret]
    roles: tuple[RehearsedRole, ...] = ()


@dataclass(frozen=True, slots=True)
class RehearsedBucket:
    """A bucket for a run to make and to remove with a registered account, which assumes `role`, or has its own (None).

    `contract` is that of the grant for the AWS account, as JSON. `exists` looks for the bucket as the AWS account's
    administrator.
    """

    name: str
    region: str
    account: str
    role: RehearsedRole | None
    grant: str
    aws_account: str
    contract: bytes = field(repr=False)
    exists: Callable[[], bool] = field(repr=False)


class RehearsedAgent(Protocol):
    """Starts a process of `leastway agent`."""

    def __call__(
        self, server: str, organization: str, agent: str, key: Secret
    ) -> AbstractContextManager[Callable[[], str | None]]:
        """Run the agent with a private key (PEM) for the block; what it gives says why the agent has ended, or None."""
        ...


@dataclass(frozen=True, slots=True)
class RehearsedWorkload:
    """Where a deployment brings a workload: a namespace of a cluster, with a registered account.

    `agent` runs beside the cluster and reaches nothing else. `exists` looks for an object, by its API version, kind and
    name, as the cluster's administrator; `made_by` says who, by the name in the cluster, changed Deployments there.
    """

    account: str
    region: str
    cluster: str
    namespace: str
    agent: RehearsedAgent = field(repr=False)
    exists: Callable[[str, str, str], bool] = field(repr=False)
    made_by: Callable[[], tuple[str, ...]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlatformStep:
    """One thing that was tried: what, whether it went as expected, and what was seen.

    `is_skipped` if this machine cannot try it; `detail` says why, and nothing has failed.
    """

    what: str
    passed: bool
    detail: str = ""
    is_skipped: bool = False


class PlatformSide(Protocol):
    """A running server. Each method returns its steps in the order in which they were done."""

    def use(self) -> tuple[PlatformStep, ...]:
        """Register the accounts, check them, take credentials, and stop and start the hand-outs."""
        ...

    def give_key(self, account: str, key: SessionKeys) -> tuple[PlatformStep, ...]:
        """Give a registered account a new access key, and take sessions with it."""
        ...

    def after_revocation(self) -> tuple[PlatformStep, ...]:
        """Show that no account passes its check while the grant is revoked."""
        ...

    def after_restore(self) -> tuple[PlatformStep, ...]:
        """Show that every account passes again, and that new sessions work."""
        ...

    def run(self, bucket: RehearsedBucket) -> tuple[PlatformStep, ...]:
        """Make a bucket by a Terraform run under the grant's contract, and remove it by another."""
        ...

    def deploy(self, workload: RehearsedWorkload) -> tuple[PlatformStep, ...]:
        """Deploy a workload through an agent, remove it by an empty set, and look each time."""
        ...

    def audit(self) -> tuple[PlatformStep, ...]:
        """Verify the audit log of all of it."""
        ...
