"""Conditions, compiled to functions of the request's context.

There is one module for each family of operators, which compares a value of the request with the values of the policy.
This module handles what they have in common: absent keys, keys with several values, and `Null`.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys"; EventBridge User Guide, "Using IAM policy conditions in Amazon EventBridge": without a set operator, a list of
one value is compared as that value, and a list of several matches nothing, whatever it contains. Whether a negated
operator then matches is not documented: `in_doubt` decides. Also not documented, decided here: a set operator treats an
empty string as no value; a malformed value, on either side, matches nothing, with negated operators too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from leastway.policy.evaluate.conditions.address import compile_address
from leastway.policy.evaluate.conditions.arn import compile_arn
from leastway.policy.evaluate.conditions.binary import compile_binary
from leastway.policy.evaluate.conditions.boolean import compile_boolean
from leastway.policy.evaluate.conditions.date import compile_date
from leastway.policy.evaluate.conditions.number import compile_number
from leastway.policy.evaluate.conditions.text import compile_text
from leastway.policy.model import BaseOperator, Operator, OperatorFamily, SetQuantifier, Values
from leastway.policy.variables import Context

if TYPE_CHECKING:
    from leastway.policy.evaluate.conditions.value_test import ValueTest

__all__ = ["ContextTest", "compile_condition"]

ContextTest = Callable[[Context], bool]


def compile_condition(
    operator: Operator, key: str, values: Values, *, variables: bool, in_doubt: bool = False
) -> ContextTest:
    """Return the test of one condition; `variables` tells whether the policy's version has variables.

    `in_doubt`: whether the condition matches where the documentation does not say.
    """
    key = key.lower()
    if operator.base is BaseOperator.NULL:
        return _null(key, values)
    holds = _compile_values(operator.base, values, variables=variables and operator.base.takes_variables)
    match operator.quantifier:
        case None:
            negated = operator.base.negated
            return _single(key, holds, when_absent=operator.if_exists or negated, when_several=negated and in_doubt)
        case SetQuantifier.FOR_ALL_VALUES:
            return _for_all_values(key, holds)
        case SetQuantifier.FOR_ANY_VALUE:
            return _for_any_value(key, holds, when_absent=operator.if_exists)
    assert_never(operator.quantifier)


def _compile_values(base: BaseOperator, values: Values, *, variables: bool) -> ValueTest:
    match base.family:
        case OperatorFamily.STRING:
            return compile_text(base, values, variables=variables)
        case OperatorFamily.ARN:
            return compile_arn(base, values, variables=variables)
        case OperatorFamily.NUMERIC:
            return compile_number(base, values)
        case OperatorFamily.DATE:
            return compile_date(base, values)
        case OperatorFamily.BOOL:
            return compile_boolean(values)
        case OperatorFamily.BINARY:
            return compile_binary(values)
        case OperatorFamily.IP:
            return compile_address(base, values)
        case OperatorFamily.NULL:
            raise AssertionError("Null compares no values")
    assert_never(base.family)


def _null(key: str, values: Values) -> ContextTest:
    wanted = {text.lower() for text in values}
    when_absent, when_present = "true" in wanted, "false" in wanted
    return lambda context: when_present if key in context else when_absent


def _single(key: str, holds: ValueTest, *, when_absent: bool, when_several: bool) -> ContextTest:
    def test(context: Context) -> bool:
        value = context.get(key)
        if isinstance(value, str):
            return holds(value, context)
        if value is None:
            return when_absent
        return holds(value[0], context) if len(value) == 1 else when_several

    return test


def _for_all_values(key: str, holds: ValueTest) -> ContextTest:
    def test(context: Context) -> bool:
        return all(holds(value, context) for value in _several(context, key))

    return test


def _for_any_value(key: str, holds: ValueTest, *, when_absent: bool) -> ContextTest:
    def test(context: Context) -> bool:
        if key not in context:
            return when_absent
        return any(holds(value, context) for value in _several(context, key))

    return test


def _several(context: Context, key: str) -> tuple[str, ...]:
    value = context.get(key, ())
    several = (value,) if isinstance(value, str) else value
    return () if several == ("",) else several
