"""aws:PrincipalArn of a role's session is the role.

AWS (IAM User Guide, "AWS global condition context keys", aws:PrincipalArn): for a session of a role the key holds the
ARN of the role, with its path, and not of the session. ministack: the ARN of the session.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.process.engine import Function, change, eks


@change("core.iam_evaluator", "_resolve_condition_key")
def _resolve(original: Function, key: str, ctx: Any) -> Any:
    if key.lower() == "aws:principalarn":
        return eks("_role_arn_from_assumed_role")(ctx.principal_arn) or ctx.principal_arn
    return original(key, ctx)
