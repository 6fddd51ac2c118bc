"""A condition on the external id that does not protect.

The id protects only if it must be present and correct. `...IfExists`, `ForAllValues` and the negated operators match
without an id; `Null` matches any id; a pattern of wildcards matches every id. Source: IAM User Guide, "Condition
operators" (a missing key) and "The confused deputy problem".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.absence import holds_when_absent, requires
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.trust import EXTERNAL_ID, assumptions, denials_of_no_id, external_id_conditions
from leastway.lint.words import quoted
from leastway.policy.model import BaseOperator, PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import ConditionAt, Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = 'compare the id with StringEquals and nothing else: "StringEquals": {"sts:ExternalId": "..."}'


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    guards = [one for found in denials_of_no_id(exhibit) for one in found.conditions() if one.operator.base.negated]
    if guards:
        return
    allows = [external_id_conditions(found) for found in assumptions(exhibit)]
    for conditions in allows:
        if not any(_is_firm(condition) for condition in conditions):
            yield from (Violation(condition.path, _why(condition), _FIX) for condition in conditions)
    if exhibit.document.kind is PolicyKind.TRUST and not any(allows):
        yield from _open_denials(exhibit)


def _open_denials(exhibit: Exhibit) -> Iterator[Violation]:
    for found in exhibit.statements():
        conditions = external_id_conditions(found)
        is_comparison = any(condition.operator.base.negated for condition in conditions)
        for condition in conditions if not found.is_allow else ():
            if is_comparison and not holds_when_absent(condition):
                message = f"with {condition.operator.name}, this Deny does not match requests without an external id"
                yield Violation(condition.path, message, _FIX)
            elif not is_comparison and condition.operator.base is BaseOperator.NULL:
                message = f"{condition.operator.name} denies requests without an external id, but accepts any id"
                yield Violation(condition.path, message, _FIX)


def _is_firm(condition: ConditionAt) -> bool:
    return requires(condition, EXTERNAL_ID) and not any(_is_pattern(condition, text) for text in condition.values)


def _is_pattern(condition: ConditionAt, text: str) -> bool:
    is_like = condition.operator.base is BaseOperator.STRING_LIKE
    return not text.strip() or (is_like and ("*" in text or "?" in text))


def _why(condition: ConditionAt) -> str:
    name = condition.operator.name
    if condition.operator.base is BaseOperator.NULL:
        wanted = "no external id" if holds_when_absent(condition) else "any external id"
        return f"{name} accepts requests with {wanted}"
    if condition.operator.base.negated:
        return f"{name} accepts requests with any other external id, or none"
    if holds_when_absent(condition):
        return f"{name} accepts requests with no external id"
    pattern = next((text for text in condition.values if _is_pattern(condition, text)), "")
    return f"{name} {quoted(pattern)} accepts many external ids, not one"


RULE = Rule("defeated-external-id", Severity.ERROR, "a condition on the external id that does not protect", _check)
