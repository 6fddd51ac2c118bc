"""ARNs with fewer than six fields: in an identity-based policy, each missing field is `*`.

Source: IAM User Guide, "IAM identifiers", "IAM ARNs": an incomplete ARN in an identity-based policy is completed with
`*` for all missing fields; `arn:PARTITION:sqs` is `arn:PARTITION:sqs:*:*:*`. `PolicyKind.completes_short_arns` tells
for which kinds of policy this is documented.
"""

from __future__ import annotations

from leastway.policy.variables import without_variables
from leastway.policy.wildcards import ARN_COLONS

__all__ = ["complete_arn", "is_short_arn"]


def is_short_arn(text: str, *, variables: bool = True) -> bool:
    """Whether `text` is an ARN with fewer than six fields; if `variables`, colons within `${...}` do not count."""
    return _missing(text, variables=variables) > 0


def complete_arn(text: str, *, variables: bool = True) -> str:
    """Return `text` with `*` for each missing field of an ARN; other text is returned unchanged."""
    return text + ":*" * _missing(text, variables=variables)


def _missing(text: str, *, variables: bool) -> int:
    if not text.startswith("arn:"):
        return 0
    return max(0, ARN_COLONS - (without_variables(text) if variables else text).count(":"))
