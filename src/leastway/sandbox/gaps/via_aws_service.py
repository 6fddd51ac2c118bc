"""aws:ViaAWSService and aws:PrincipalIsAWSService are in every request.

AWS (IAM User Guide, "AWS global condition context keys"): both keys are always there, and `false` for what a user or
role sends itself. ministack: neither key is ever there, so that `Bool aws:ViaAWSService false`, the half of
an address Deny that spares calls made by a service, is never true and the Deny never fires.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.process.engine import Function, change

_KEYS = frozenset({"aws:viaawsservice", "aws:principalisawsservice"})


@change("core.iam_evaluator", "_resolve_condition_key")
def _resolve(original: Function, key: str, ctx: Any) -> Any:
    return "false" if key.lower() in _KEYS else original(key, ctx)
