"""How a condition treats a request that lacks its key, which is the cause of most ineffective conditions.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.model import BaseOperator, SetQuantifier

if TYPE_CHECKING:
    from leastway.lint.exhibit import ConditionAt

__all__ = ["holds_when_absent", "requires"]


def holds_when_absent(condition: ConditionAt) -> bool:
    """Whether the condition matches a request without its key."""
    operator = condition.operator
    if operator.base is BaseOperator.NULL:
        return "true" in {text.lower() for text in condition.values}
    if operator.quantifier is SetQuantifier.FOR_ALL_VALUES:
        return True
    if operator.quantifier is SetQuantifier.FOR_ANY_VALUE:
        return operator.if_exists
    return operator.if_exists or operator.base.negated


def requires(condition: ConditionAt, *keys: str) -> bool:
    """Whether the condition is on one of `keys` (lower case) and matches only if the key has a listed value."""
    is_comparison = condition.operator.base is not BaseOperator.NULL and not condition.operator.base.negated
    return condition.key.lower() in keys and is_comparison and not holds_when_absent(condition)
