"""A policy that is longer than AWS accepts.

If it is unknown where an identity policy will be stored, the largest limit applies. Source: IAM User Guide, "IAM and
AWS STS quotas"; AWS Organizations User Guide, "Quotas and service limits".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.policy.model import SIZE_LIMITS, PolicyHolder, PolicyKind, policy_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = "split the policy, or shorten it: use patterns for similar actions, and no Sid"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    document, holder = exhibit.document, exhibit.holder
    if holder is None and document.kind is not PolicyKind.IDENTITY:
        return
    known = holder or PolicyHolder.MANAGED_POLICY
    size, limit = policy_size(document, known), SIZE_LIMITS[known]
    if size <= limit:
        return
    largest = SIZE_LIMITS[PolicyHolder.INLINE_OF_ROLE]
    if holder is None and size <= largest:
        message = (
            f"{size:,} characters: too long for a managed policy ({limit:,}), it only fits in a role ({largest:,})"
        )
        yield Violation((), message, _FIX, Severity.WARNING)
    else:
        most = largest if holder is None else limit
        what = "any policy" if holder is None else f"the {known.value}"
        yield Violation((), f"{size:,} characters, but the limit for {what} is {most:,}", _FIX)


RULE = Rule("over-size", Severity.ERROR, "a policy that is too long for AWS", _check)
