"""The set of values for which a condition of a policy holds: strings, or values of another family.

Strings are decided together, and so are the values of one other family. If one key is compared in several ways (once
as a string, once as an address), each family is decided separately: no value in one of them means none at all.
Otherwise the values found are tried in all sets; if none is in all of them, the answer is a doubt, unless these were
all possible values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.model import Operator, OperatorFamily
from leastway.policy.prove.limits import TooManyStatesError
from leastway.policy.prove.texts.language import Language, Templated
from leastway.policy.prove.texts.points import PointSet, candidates, find_point
from leastway.policy.prove.texts.text import ANY_TEXT, NO_TEXT, Side, TextSet, find_text
from leastway.policy.variables import parse_template
from leastway.policy.wildcards import ARN_COLONS, Wildcard, colons_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leastway.policy.model import BaseOperator, Values
    from leastway.policy.wildcards import Pattern

__all__ = ["DOUBT", "Doubt", "ValueSet", "find_value", "holding", "well_formed"]

ValueSet = TextSet | PointSet


class Doubt:
    """The answer that none was found, but there may be a value."""


DOUBT = Doubt()

_ARN = Side(Language((("arn:", *(Wildcard.STAR, ":") * 4, Wildcard.STAR),)))
_TRUE_OR_FALSE = TextSet.matching([("true",), ("false",)], fold_case=True)


def holding(operator: Operator, values: Values, *, variables: bool) -> ValueSet:
    """Return the request values for which `operator` holds with the policy's `values`, as `evaluate` compares them."""
    base = operator.base
    variables = variables and base.takes_variables
    match base.family:
        case OperatorFamily.STRING:
            return _texts(base, values, variables=variables)
        case OperatorFamily.ARN:
            return _arns(base, values, variables=variables)
        case OperatorFamily.BOOL:
            wanted = {text.lower() for text in values} & {"true", "false"}
            return TextSet.matching([(text,) for text in sorted(wanted)], fold_case=True)
        case _:
            return PointSet.of(base, values)


def well_formed(family: OperatorFamily) -> ValueSet:
    """Return the values that a key of this family can have."""
    match family:
        case OperatorFamily.BOOL:
            return _TRUE_OR_FALSE
        case OperatorFamily.NUMERIC | OperatorFamily.DATE | OperatorFamily.IP:
            return PointSet.well_formed(family)
        case _:
            return ANY_TEXT


def find_value(sets: Sequence[ValueSet], *, tick: Callable[[], None]) -> str | Doubt | None:
    """Return a value that is in all `sets`, None if there is none, or DOUBT. Errors: GiveUpError, out of time."""
    try:
        return _find(sets, tick)
    except TooManyStatesError:
        return DOUBT


def _find(sets: Sequence[ValueSet], tick: Callable[[], None]) -> str | Doubt | None:
    texts = [found for found in sets if isinstance(found, TextSet)]
    points: dict[OperatorFamily, list[PointSet]] = {}
    for found in sets:
        if isinstance(found, PointSet):
            points.setdefault(found.family, []).append(found)
    if not points:
        return find_text(texts, tick=tick)
    if not texts and len(points) == 1:
        return find_point(next(iter(points.values())), tick=tick)
    text = find_text(texts, tick=tick)
    if text is None or any(find_point(found, tick=tick) is None for found in points.values()):
        return None
    if any(found.variables for found in texts):
        return DOUBT
    words = next((words for found in texts if (words := found.words) is not None), None)
    tries = words or [text, *(candidate for found in points.values() for candidate in candidates(found))]
    answer = next((found for found in tries if all(item.contains(found) for item in sets)), None)
    return DOUBT if answer is None and words is None else answer


def _texts(base: BaseOperator, values: Values, *, variables: bool) -> TextSet:
    fold_case = "IgnoreCase" in base.value
    templates = [parse_template(text, variables=variables, wildcards="Like" in base.value) for text in values]
    fixed = [_lower(item.fill()) if fold_case else item.fill() for item in templates if not item.variables]
    filled = [Templated(item, fold_case=fold_case) for item in templates if item.variables]
    build = TextSet.none_of if base.negated else TextSet.one_of
    return build(fixed, filled, fold_case=fold_case)


def _arns(base: BaseOperator, values: Values, *, variables: bool) -> TextSet:
    templates = [parse_template(text, variables=variables, wildcards=True) for text in values]
    whole = [item for item in templates if colons_in(item.parts) >= ARN_COLONS]
    if base.negated and len(whole) < len(templates):
        return NO_TEXT
    fixed = [item.fill() for item in whole if not item.variables]
    filled = [Templated(item, segmented=True, narrow=item.narrow) for item in whole if item.variables]
    build = TextSet.none_of if base.negated else TextSet.one_of
    found = build(fixed, filled, segmented=True)
    return TextSet(tuple((_ARN, *sides) for sides in found.alternatives))


def _lower(pattern: Pattern) -> Pattern:
    return tuple(part.lower() if isinstance(part, str) else part for part in pattern)
