"""A Deny that can never deny: it looks like a protection but protects nothing.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for AWS services"; IAM User Guide,
"Condition operators" (a missing key makes a condition false, unless negated or IfExists).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.carrying import UNLISTED_FIX, uncarried, why_uncarried
from leastway.lint.contradictions import LEAVES_NOTHING_FIX, contradictions, leaves_nothing
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = "deny it without that condition, or with a key that its requests have"


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        if found.is_allow:
            continue
        for path, why in leaves_nothing(found):
            yield Violation(path, f"this statement never denies anything: {why}", LEAVES_NOTHING_FIX)
        for condition, why in contradictions(found):
            yield Violation(
                condition.path, f"this statement never denies anything: {why}", "remove one of the conditions"
            )
        reported = set()
        for one in uncarried(found, knowledge, holding=False):
            if one.others or one.path in reported:
                continue
            reported.add(one.path)
            why = why_uncarried(one, knowledge)
            if one.never:
                yield Violation(one.path, f"{quoted(one.pattern)} is never denied here: {why}", _FIX)
            else:
                message = f"{quoted(one.pattern)} may never be denied here: {why}"
                yield Violation(one.path, message, UNLISTED_FIX, Severity.NOTE)


RULE = Rule("never-denies", Severity.ERROR, "a Deny that can never deny", _check)
