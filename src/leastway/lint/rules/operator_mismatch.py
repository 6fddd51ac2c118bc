"""An operator that does not fit the type of its key.

`StringEquals` reads a range of addresses as a word, and `IpAddress` cannot read a name. Sources: IAM User Guide,
"Condition operators"; Service Authorization Reference and "AWS global condition context keys" for the keys' types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.policy.model import OperatorFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import ConditionAt, Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FITTING = {
    OperatorFamily.IP: (OperatorFamily.IP,),
    OperatorFamily.NUMERIC: (OperatorFamily.NUMERIC, OperatorFamily.DATE),
    OperatorFamily.DATE: (OperatorFamily.DATE, OperatorFamily.NUMERIC),
    OperatorFamily.BOOL: (OperatorFamily.BOOL, OperatorFamily.STRING),
}
_ADVICE = {
    OperatorFamily.IP: "IpAddress or NotIpAddress",
    OperatorFamily.NUMERIC: "a Numeric operator",
    OperatorFamily.DATE: "a Date operator",
    OperatorFamily.BOOL: "Bool",
    OperatorFamily.ARN: "ArnLike or ArnEquals",
}


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        for condition in found.conditions():
            key = knowledge.key(condition.key)
            if key and not _fits(condition, key.family):
                advice = _ADVICE.get(key.family, "a String operator")
                message = f"{condition.operator.name} cannot compare {condition.key}, which is {_a(key.family)}"
                yield Violation(condition.path, message, f"use {advice}")


def _fits(condition: ConditionAt, family: OperatorFamily) -> bool:
    used = condition.operator.base.family
    if used in _FITTING:
        return family in _FITTING[used]
    if used is OperatorFamily.STRING and family is OperatorFamily.IP:
        return not any("/" in value for value in condition.values)
    return True


def _a(family: OperatorFamily) -> str:
    names = {OperatorFamily.IP: "an address", OperatorFamily.ARN: "an ARN", OperatorFamily.BOOL: "true or false"}
    return names.get(family, f"a {family.value}")


RULE = Rule("operator-mismatch", Severity.WARNING, "an operator that does not fit its key", _check)
