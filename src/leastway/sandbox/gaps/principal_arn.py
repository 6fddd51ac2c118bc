"""aws:PrincipalArn of a role session is the role's ARN.

AWS (IAM User Guide, "AWS global condition context keys", aws:PrincipalArn): for a role session the value of the key is
the ARN of the role, with its path, not of the session. ministack: the ARN of the session.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.process.engine import Function, change, eks


@change("core.iam_evaluator", "_resolve_condition_key")
def _resolve(original: Function, key: str, ctx: Any) -> Any:
    if key.lower() == "aws:principalarn":
        return eks("_role_arn_from_assumed_role")(ctx.principal_arn) or ctx.principal_arn
    return original(key, ctx)
