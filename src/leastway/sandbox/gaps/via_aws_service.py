"""aws:ViaAWSService and aws:PrincipalIsAWSService are in every request.

AWS (IAM User Guide, "AWS global condition context keys"): both keys are always in the request, and `false` for calls
that a user or role makes directly. ministack: both keys are always missing, so `Bool aws:ViaAWSService false`, which
exempts calls by a service from a Deny on source addresses, is never true and the Deny never applies.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.process.engine import Function, change

_KEYS = frozenset({"aws:viaawsservice", "aws:principalisawsservice"})


@change("core.iam_evaluator", "_resolve_condition_key")
def _resolve(original: Function, key: str, ctx: Any) -> Any:
    return "false" if key.lower() in _KEYS else original(key, ctx)
