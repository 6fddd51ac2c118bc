"""A set operator on a key with one value: the only effect of `ForAllValues` is that the key may be missing.

Source: IAM User Guide, "Single-valued vs. multivalued context keys", which advises against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.policy.model import SetQuantifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        for condition in found.conditions():
            operator = condition.operator
            key = knowledge.key(condition.key)
            if operator.quantifier is None or key is None or key.multivalued:
                continue
            loose = operator.quantifier is SetQuantifier.FOR_ALL_VALUES
            but = ", and this condition also matches if it is missing" if loose else ""
            message = f"{condition.key} has one value{but}"
            fix = f"use {operator.name.partition(':')[2]}"
            yield Violation(condition.path, message, fix, None if loose else Severity.NOTE)


RULE = Rule("needless-set-operator", Severity.WARNING, "a set operator on a key with one value", _check)
