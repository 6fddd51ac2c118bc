"""A key with several values that is compared as if it had one.

A list of one value is compared as that value; a list of several matches nothing. Sources: IAM User Guide, "Set
operators for multivalued context keys"; EventBridge User Guide, "Using IAM policy conditions in Amazon EventBridge".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.policy.model import BaseOperator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        for condition in found.conditions():
            operator = condition.operator
            if operator.quantifier or operator.base is BaseOperator.NULL:
                continue
            key = knowledge.key(condition.key)
            if key and key.multivalued:
                message = f"{condition.key} can have several values, but {operator.name} compares only a single one"
                fix = f"choose which values must match: ForAnyValue:{operator.name} or ForAllValues:{operator.name}"
                yield Violation(condition.path, message, fix)


RULE = Rule("missing-set-operator", Severity.WARNING, "a key with several values compared as if it had one", _check)
