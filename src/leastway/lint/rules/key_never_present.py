"""A condition that has no effect: requests for the action never have its key, and it matches without the key.

Negated operators, `...IfExists` and `ForAllValues` match a request that lacks the key. If requests never have it, an
Allow is as wide as without the condition, and a Deny denies everyone. The rules `never-allows` and `never-denies`
handle statements that never match because of a missing key. If other actions of the Allow have the key, `IfExists` and
`ForAllValues` are usually intended and get a note; so does a key that is only not listed for the action. Sources:
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

_FIX = "remove the condition from this action, or compare a key that its requests have"


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        uncarried_here = [one for one in uncarried(found, knowledge, holding=True) if not one.others]
        patterns = sum(1 for _ in found.actions())
        for one in uncarried_here:
            name = f"{one.condition.operator.name} {one.condition.key}"
            why = why_uncarried(one, knowledge)
            effect = "allowed" if found.is_allow else "denied"
            verb = "is" if one.never else "may be"
            message = f"{quoted(one.pattern)} {verb} {effect} here as if {name} were missing: {why}"
            alike = sum(1 for other in uncarried_here if other.condition is one.condition)
            is_meant = found.is_allow and alike < patterns and not one.condition.operator.base.negated
            severity = Severity.NOTE if is_meant or not one.never else None
            yield Violation(one.condition.path, message, _FIX if one.never else UNLISTED_FIX, severity)


RULE = Rule(
    "key-never-present", Severity.WARNING, "a condition that always matches because its key is never present", _check
)
