"""Values with an order: numbers and dates."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.value_test import ValueTest, of_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from leastway.policy.model import BaseOperator, Values

__all__ = ["compile_ordered"]

_COMPARISONS = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
    "Equals": operator.eq,
    "NotEquals": operator.eq,
}


def compile_ordered(base: BaseOperator, values: Values, parse: Callable[[str], Decimal | None]) -> ValueTest:
    """Return the test of `base`; `parse` reads both sides and returns None for a malformed value."""
    compare = _COMPARISONS[base.value.removeprefix("Numeric").removeprefix("Date")]
    parsed = [parse(text) for text in values]
    known = [limit for limit in parsed if limit is not None]
    if base.negated:
        return of_text(_none_of(known, parse)) if len(known) == len(parsed) else of_text(lambda _text: False)

    def holds(text: str) -> bool:
        value = parse(text)
        return value is not None and any(compare(value, limit) for limit in known)

    return of_text(holds)


def _none_of(known: list[Decimal], parse: Callable[[str], Decimal | None]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        value = parse(text)
        return value is not None and value not in known

    return holds
