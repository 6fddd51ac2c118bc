"""The journal: what the sandbox was asked, in the order in which it took effect."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["JournalEntry"]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One call that was answered (or, at a `kill_after_write`, would have been)."""

    service: str
    """`iam`, `sts`, `eks`, ...; `kubernetes` for a call to a cluster's own endpoint."""
    action: str
    """`CreateUser`; for Kubernetes the verb and the resource, as in `create roles`."""
    account: str
    """The account of the caller; of the cluster, for a Kubernetes call."""
    principal: str
    """The caller's ARN, or for Kubernetes the username; empty when the call was refused before anyone was known."""
    source: str
    """The source address as IAM sees it, or the id of the VPC endpoint; empty for Kubernetes."""
    mutating: bool
    """Whether state changed; a call that was refused, or that only reads, changed none."""
    status: int
    """The HTTP status."""
    region: str
    resource: str
    """For Kubernetes `cluster/namespace/name`, with empty parts where there is none; else empty."""
