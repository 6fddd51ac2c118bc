"""The resource's side of a question that is only about the caller's own policies.

A role's trust policy and a KMS key's policy must allow what is done to them, and so must every policy of a resource in
another account. Where a question brings no resource policy, each resource is taken to leave the decision to the
caller's account, as `"Principal": {"AWS": "ACCOUNT"}` does. Then the caller's policies alone decide.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.policy.model import Document, Effect, PolicyKind, Principal, PrincipalType, Statement, Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leastway.policy.evaluate import PolicySet

__all__ = ["with_willing_resources"]


def with_willing_resources(sets: Sequence[PolicySet], account: str) -> list[PolicySet]:
    """Return `sets` with a resource policy that leaves the decision to `account`, unless one of them has one."""
    if any(policies.resource for policies in sets):
        return list(sets)
    everything = Values.of("*")
    statement = Statement(
        Effect.ALLOW,
        actions=everything,
        resources=everything,
        principal=Principal(((PrincipalType.AWS, Values.of(account)),)),
    )
    willing = Document(PolicyKind.RESOURCE, (statement,))
    return [replace(policies, resource=willing) for policies in sets]
