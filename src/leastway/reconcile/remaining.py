"""What a revocation cannot cut, and how to look for it: whatever the platform made or left running. Pure.

Nothing here is known to exist. It is listed so that nobody takes a revocation for more than it is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from leastway.estate import Place

__all__ = ["Remaining", "remaining"]


@dataclass(frozen=True, slots=True)
class Remaining:
    """One class of access or work that may go on: what it is, why it cannot be cut, and how to look for it."""

    what: str
    why: str
    look: str


def remaining(roles: Collection[str], clusters: Collection[Place]) -> tuple[Remaining, ...]:
    """Return the classes that a revocation of a grant with these `roles` (ARNs) and `clusters` cannot cut."""
    found = []
    if clusters:
        found += [
            Remaining(
                "open exec, attach, port-forward and watch streams in the clusters",
                "an API server authenticates a stream when it begins, and not again",
                "the audit log of the cluster shows who opened one; deleting the pod ends its streams",
            ),
            Remaining(
                "tokens of service accounts that the platform could read or create",
                "the cluster signs and accepts them without AWS",
                "kubectl get secrets -A --field-selector type=kubernetes.io/service-account-token;"
                " deleting the service account ends its tokens",
            ),
            Remaining(
                "workloads that the platform deployed, with the permissions of their pods",
                "they run as their own service accounts and roles",
                "kubectl get pods -A",
            ),
        ]
    if roles:
        found += [
            Remaining(
                "users, access keys and roles that the platform made with its roles",
                "they are principals of their own, which the Deny on the grant's principals does not reach",
                "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=CreateAccessKey"
                " shows which role's session did it; look for CreateUser, CreateRole and UpdateAssumeRolePolicy, too",
            ),
            Remaining(
                "running stacks and other work of AWS services under roles that are not part of the grant",
                "AWS continues it with the role that it was started with",
                "aws cloudformation describe-stacks"
                " --query 'Stacks[?contains(StackStatus, `IN_PROGRESS`)].[StackName, RoleARN]'",
            ),
        ]
    return tuple(found)
