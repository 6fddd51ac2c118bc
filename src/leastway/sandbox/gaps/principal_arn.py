"""aws:PrincipalArn of a role's session is the role.

AWS: for a session of a role the key holds the ARN of the role, with its path, and not of the session (IAM User Guide,
"AWS global condition context keys", aws:PrincipalArn). ministack: the ARN of the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastway.sandbox.process.engine import change, require

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["close"]


def close() -> None:
    """Close the gap."""
    change("core.iam_evaluator", "_resolve_condition_key", _resolve)


def _resolve(original: Callable[..., Any], key: str, ctx: Any) -> Any:
    if key.lower() == "aws:principalarn":
        return require("services.eks", "_role_arn_from_assumed_role")(ctx.principal_arn) or ctx.principal_arn
    return original(key, ctx)
