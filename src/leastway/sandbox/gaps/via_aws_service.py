"""aws:ViaAWSService and aws:PrincipalIsAWSService are in every request.

AWS: both keys are always there, and `false` for what a user or role sends itself (IAM User Guide, "AWS global
condition context keys"). ministack: neither key is ever there, so that `Bool aws:ViaAWSService false`, the half of
an address Deny that spares calls made by a service, is never true and the Deny never fires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastway.sandbox.process.engine import change

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["close"]

_KEYS = frozenset({"aws:viaawsservice", "aws:principalisawsservice"})


def close() -> None:
    """Close the gap."""
    change("core.iam_evaluator", "_resolve_condition_key", _resolve)


def _resolve(original: Callable[..., Any], key: str, ctx: Any) -> Any:
    return "false" if key.lower() in _KEYS else original(key, ctx)
