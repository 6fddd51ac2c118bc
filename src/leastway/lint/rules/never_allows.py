"""An Allow that can never allow: an action such as eks:ListClusters under a tag condition, and contradictions.

If requests for an action never have a key, a condition that requires it never matches. `eks:ListClusters` is not about
a single resource, so there is no tag to compare, and the action is denied although it is listed. A key that is only not
listed for the action gets a note. Sources: Service Authorization Reference, "Actions, resources, and condition keys for
AWS services"; IAM User Guide, "Condition operators" (a missing key).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.carrying import UNLISTED_FIX, uncarried, why_uncarried
from leastway.lint.contradictions import LEAVES_NOTHING_FIX, contradictions, leaves_nothing
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.carrying import Uncarried
    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_APART = "allow it in a separate statement without that condition, or remove it"


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.allows():
        for path, why in leaves_nothing(found):
            yield Violation(path, f"this statement never allows anything: {why}", LEAVES_NOTHING_FIX)
        for condition, why in contradictions(found):
            yield Violation(
                condition.path, f"this statement never allows anything: {why}", "remove one of the conditions"
            )
        reported = set()
        for one in uncarried(found, knowledge, holding=False):
            if one.path not in reported:
                reported.add(one.path)
                yield from _violations(one, knowledge)


def _violations(one: Uncarried, knowledge: Knowledge) -> Iterator[Violation]:
    why = why_uncarried(one, knowledge)
    if not one.never:
        if not one.others:
            message = f"{quoted(one.pattern)} may never be allowed here: {why}"
            yield Violation(one.path, message, UNLISTED_FIX, Severity.NOTE)
    elif not one.others:
        more = f"; the same applies to {len(one.actions) - 1} more" if len(one.actions) > 1 else ""
        yield Violation(one.path, f"{quoted(one.pattern)} is never allowed here: {why}{more}", _APART)
    elif one.pattern.partition(":")[2].strip("*?"):
        names = listed(action.full_name for action in one.actions)
        message = f"of {quoted(one.pattern)}, {names} is never allowed here: {why}"
        yield Violation(one.path, message, _APART, Severity.NOTE)


RULE = Rule("never-allows", Severity.WARNING, "an Allow that can never allow", _check)
