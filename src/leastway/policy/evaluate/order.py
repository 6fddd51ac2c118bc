"""The order in which IAM decides, and what it says of single actions.

1. `sts:GetCallerIdentity` needs no permission (AWS STS API Reference, "GetCallerIdentity").
2. A matching Deny of any policy that applies denies explicitly.
3. Every level of SCPs must allow; a resource policy does not get around them. They do not apply to service-linked
   roles, to the management account, and to callers that belong to no account. RCPs only deny, and do not apply to
   service-linked roles and to the management account's resources.
4. A caller without an account (a service, a provider's identity, an anonymous one) needs the resource policy's Allow.
5. Within one account, an Allow of the resource policy that names the caller, or everyone, suffices, whatever boundary
   and session policy fail to allow; one that names the role or user behind a session is bounded by these two. Else
   identity policy, boundary and session policy must each allow; and a role's trust policy and a KMS key's policy must
   allow the account at least.
6. Across accounts, all of them must allow: identity, boundary, session and resource policy.
7. An account's root has and needs no policies of its own; but it cannot assume a role (AWS STS API Reference,
   "AssumeRole").
8. What AWS keeps for itself stays denied (`protected`).

Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", "Policy
evaluation for requests within a single account", "Cross-account policy evaluation logic"; AWS KMS Developer Guide,
"Key policies"; AWS Organizations User Guide, "SCP evaluation" and "Resource control policies".

Two files follow these steps under these numbers: `evaluate.compiled` decides one request by them, and
`prove.formulas.encoded` says by them which requests are allowed. `tests/properties/policy` holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastway.policy.evaluate.principal import Caller

__all__ = ["FREE_ACTION", "NOT_FOR_ROOT", "OWN_POLICY_MUST_ALLOW", "is_bounded"]

FREE_ACTION = "sts:getcalleridentity"
"""Needs no permission: step 1."""
NOT_FOR_ROOT = "sts:assumerole"
"""Nothing that an account's root can do: step 7."""
OWN_POLICY_MUST_ALLOW: Mapping[str, str] = {
    "sts": "arn:*:iam::*:role/*",
    "kms": "arn:*:kms:*:*:key/*",
}
"""By service, the resources whose own policy must allow, even within one account: step 5."""


def is_bounded(caller: Caller, account: str | None, management_account: str | None) -> bool:
    """Whether the organization's policies for `account` apply to what `caller` does: step 3."""
    return not caller.is_service_linked and (account is None or account != management_account)
