"""A trust policy is a resource policy.

AWS (IAM User Guide, "Policy evaluation logic"): within one account a trust policy that names a user or role is enough
to assume the role, without an identity policy; across accounts both must allow it. `sts:ExternalId` and
`sts:RoleSessionName` are request keys for both policies. ministack: always requires an identity policy, which does not
see the two keys.
"""

from __future__ import annotations

from typing import Any

from leastway.primitives import Arn
from leastway.sandbox.gaps.iam_api import argument
from leastway.sandbox.gaps.principals import find_principal
from leastway.sandbox.process.engine import Function, change

_KEYS = ("ExternalId", "RoleSessionName")


@change("core.iam_evaluator", "_resource_policy")
def _resource_policy(original: Function, service: str, resource_arn: str) -> Any:
    if service != "sts":
        return original(service, resource_arn)
    role = find_principal(resource_arn)
    return role and (role["AssumeRolePolicyDocument"], Arn.parse(resource_arn).account)


@change("core.iam_actions", "request_tag_context")
def _context(original: Function, service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
    context: dict[str, Any] = original(service, action, body, params)
    if action == "sts:AssumeRole":
        context |= {f"sts:{key}": argument(params, key) for key in _KEYS if argument(params, key)}
    return context
