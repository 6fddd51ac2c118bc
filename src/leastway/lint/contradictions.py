"""Conditions that no request can satisfy together, whatever its action.

Each key is checked separately. If it suffices to try finitely many values (equal to some text, before some date, within
some range), the evaluator tries them; two `StringLike` patterns are compared. Keys with several values and policy
variables are skipped, because too little is known about them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from leastway.lint.absence import holds_when_absent
from leastway.lint.patterns import overlap
from leastway.policy.evaluate.conditions import compile_condition
from leastway.policy.evaluate.conditions.address import parse_range
from leastway.policy.evaluate.conditions.date import parse_date
from leastway.policy.evaluate.conditions.number import parse_number
from leastway.policy.model import BaseOperator, OperatorFamily

if TYPE_CHECKING:
    from leastway.lint.exhibit import ConditionAt, StatementAt
    from leastway.source import KeyPath

__all__ = ["LEAVES_NOTHING_FIX", "contradictions", "leaves_nothing"]

LEAVES_NOTHING_FIX = "leave out less, or remove the statement"

_LIKE = (BaseOperator.STRING_LIKE, BaseOperator.ARN_LIKE, BaseOperator.ARN_EQUALS)


def contradictions(found: StatementAt) -> Iterator[tuple[ConditionAt, str]]:
    """Yield each condition that can never match together with the others, and why."""
    by_key: dict[str, list[ConditionAt]] = {}
    for condition in found.conditions():
        by_key.setdefault(condition.key.lower(), []).append(condition)
    for conditions in by_key.values():
        empty = next((one for one in conditions if not one.values and not _matches_without_values(one)), None)
        if empty:
            yield empty, f"{empty.operator.name} {empty.key} has no values, so no request matches it"
        elif _contradict(conditions):
            names = " and ".join(condition.operator.name for condition in conditions)
            yield conditions[-1], f"no request can match {names} of {conditions[-1].key} together"


def leaves_nothing(found: StatementAt) -> Iterator[tuple[KeyPath, str]]:
    """Yield the path of each element that leaves out everything, so that no request matches, and why."""
    actions, resources = found.statement.not_actions or (), found.statement.not_resources or ()
    if any(text.replace("*", "") in ("", ":") for text in actions):
        yield found.at("NotAction"), "its NotAction leaves out everything"
    if any(not text.replace("*", "") for text in resources):
        yield found.at("NotResource"), "its NotResource leaves out everything"


def _matches_without_values(condition: ConditionAt) -> bool:
    return condition.operator.base.negated or condition.operator.quantifier is not None or condition.operator.if_exists


def _contradict(conditions: list[ConditionAt]) -> bool:
    if len(conditions) < 2 and conditions[0].operator.base is not BaseOperator.NULL:
        return False
    if all(holds_when_absent(condition) for condition in conditions):
        return False
    single = [condition for condition in conditions if condition.operator.quantifier is None]
    if any("${" in value or "\ue000" in value for condition in single for value in condition.values):
        return False
    if not all(_allows_presence(condition) for condition in single):
        return True
    comparing = [condition for condition in single if condition.operator.base is not BaseOperator.NULL]
    candidates = _candidates(comparing)
    if candidates is None:
        return _are_disjoint_patterns(comparing)
    key = comparing[0].key.lower()
    tests = [compile_condition(one.operator, one.key, one.values, variables=False) for one in comparing]
    return not any(all(test({key: candidate}) for test in tests) for candidate in candidates)


def _allows_presence(condition: ConditionAt) -> bool:
    """Whether a request that has the key can match the condition; only `Null` can rule that out."""
    is_null = condition.operator.base is BaseOperator.NULL
    return not is_null or "false" in {text.lower() for text in condition.values}


def _candidates(conditions: list[ConditionAt]) -> set[str] | None:
    """Return values of which one matches all conditions if any value does; None if these cannot be listed."""
    families = {condition.operator.base.family for condition in conditions}
    values = [text for condition in conditions for text in condition.values]
    if families == {OperatorFamily.BOOL}:
        return {"true", "false"}
    if families == {OperatorFamily.NUMERIC}:
        return _around(number for text in values if (number := parse_number(text)) is not None)
    if families == {OperatorFamily.DATE}:
        return _around(moment for text in values if (moment := parse_date(text)) is not None)
    if families == {OperatorFamily.IP}:
        return _edges(values)
    literal = next((condition for condition in conditions if _is_literal(condition)), None)
    return set(literal.values) if literal else None


def _is_literal(condition: ConditionAt) -> bool:
    """Whether the condition matches its own values and nothing else."""
    base = condition.operator.base
    if base is BaseOperator.STRING_EQUALS:
        return True
    return base in _LIKE and not any("*" in text or "?" in text for text in condition.values)


def _around(points: Iterable[Decimal]) -> set[str]:
    """Return each point, and one value in each gap between and beyond them; without points, any value will do."""
    known = sorted(set(points)) or [Decimal(0)]
    between = [(one + other) / 2 for one, other in pairwise(known)]
    return {format(number, "f") for number in (*known, *between, known[0] - 1, known[-1] + 1)}


def _edges(values: list[str]) -> set[str]:
    """Return the first address of each range and the address after it: every gap between ranges begins with one."""
    found = {"0.0.0.0", "::"}  # noqa: S104  # the first addresses of each version
    for network in map(parse_range, values):
        if network is None:
            continue
        found.add(str(network.network_address))
        last = int(network.broadcast_address)
        if last < int(ipaddress.ip_network("0.0.0.0/0" if network.version == 4 else "::/0").broadcast_address):
            found.add(str(network.broadcast_address + 1))
    return found


def _are_disjoint_patterns(conditions: list[ConditionAt]) -> bool:
    likes = [one for one in conditions if one.operator.base in _LIKE]
    return any(
        not any(overlap(left, right) for left in one.values for right in other.values)
        for index, one in enumerate(likes)
        for other in likes[index + 1 :]
    )
