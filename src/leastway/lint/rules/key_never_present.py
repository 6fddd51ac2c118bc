"""A condition that decides nothing, since its key is in no request for the action and it holds without.

Negated operators, `...IfExists` and `ForAllValues` hold of a request that lacks the key. Where it never has it, an
Allow is as wide as without the condition, and a Deny denies everybody. What can never allow or deny for want of a key
is for the rules `never-allows` and `never-denies`. In an Allow whose other actions carry the key, `IfExists` and
`ForAllValues` are mostly meant so, and worth a note; so is a key that is only not listed for the action. Sources:
Service Authorization Reference, "Actions, resources, and condition keys for AWS services"; IAM User Guide, "Condition
operators".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.carrying import UNLISTED_FIX, uncarried, why_uncarried
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = "remove the condition from this action, or compare a key that its requests carry"


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        uncarried_here = [one for one in uncarried(found, knowledge, holding=True) if not one.others]
        patterns = sum(1 for _ in found.actions())
        for one in uncarried_here:
            name = f"{one.condition.operator.name} {one.condition.key}"
            why = why_uncarried(one, knowledge)
            effect = "allowed" if found.is_allow else "denied"
            verb = "is" if one.never else "may be"
            message = f"{quoted(one.pattern)} {verb} {effect} here as if there were no {name}: {why}"
            alike = sum(1 for other in uncarried_here if other.condition is one.condition)
            is_meant = found.is_allow and alike < patterns and not one.condition.operator.base.negated
            severity = Severity.NOTE if is_meant or not one.never else None
            yield Violation(one.condition.path, message, _FIX if one.never else UNLISTED_FIX, severity)


RULE = Rule(
    "key-never-present", Severity.WARNING, "a condition whose key is never there, so that it always holds", _check
)
