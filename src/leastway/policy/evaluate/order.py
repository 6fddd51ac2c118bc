"""The order in which IAM decides a request, and its rules for single actions.

1. `sts:GetCallerIdentity` needs no permission (AWS STS API Reference, "GetCallerIdentity").
2. A matching Deny of any policy that applies denies explicitly.
3. Every level of SCPs must allow; a resource policy does not override them. SCPs do not apply to service-linked roles,
   to the management account, and to callers without an account. RCPs only deny, and do not apply to service-linked
   roles and to the management account's resources.
4. A caller without an account (a service, an identity of a provider, an anonymous caller) needs an Allow of the
   resource policy.
5. Within one account, an Allow of the resource policy that names the caller, or everyone, suffices even if the boundary
   or the session policy does not allow the request; an Allow that names the role or user behind a session is limited by
   these two. Otherwise the identity policy, the boundary and the session policy must each allow; in addition, a role's
   trust policy and a KMS key policy must allow the account at least.
6. Across accounts, all of them must allow: identity, boundary, session and resource policy.
7. The root user of an account has no policies of its own and needs none; but it cannot assume a role (AWS STS API
   Reference, "AssumeRole").
8. Resources that AWS reserves for itself stay denied (`protected`).

Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", "Policy
evaluation for requests within a single account", "Cross-account policy evaluation logic"; AWS KMS Developer Guide,
"Key policies"; AWS Organizations User Guide, "SCP evaluation" and "Resource control policies".

Two modules follow these numbered steps: `evaluate.compiled` decides one request, and `prove.formulas.encoded` encodes
which requests are allowed. `tests/properties/policy` checks that the two agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastway.policy.evaluate.principal import Caller

__all__ = ["FREE_ACTION", "NOT_FOR_ROOT", "OWN_POLICY_MUST_ALLOW", "is_bounded"]

FREE_ACTION = "sts:getcalleridentity"
"""The action that needs no permission: step 1."""
NOT_FOR_ROOT = "sts:assumerole"
"""The action that the root user of an account cannot do: step 7."""
OWN_POLICY_MUST_ALLOW: Mapping[str, str] = {
    "sts": "arn:*:iam::*:role/*",
    "kms": "arn:*:kms:*:*:key/*",
}
"""By service, the resources whose own policy must allow, even within one account: step 5."""


def is_bounded(caller: Caller, account: str | None, management_account: str | None) -> bool:
    """Whether the organization's policies for `account` apply to requests of `caller`: step 3."""
    return not caller.is_service_linked and (account is None or account != management_account)
