"""Functions of lists. Source: sprig, "Lists and List Functions"; Go, package text/template, `index` and `len`."""

from __future__ import annotations

from typing import Any, Final

from leastway.registry.templates.functions.function import (
    Function,
    also_hidden,
    functions,
    integer,
    opened,
    sequence,
    text,
)
from leastway.registry.templates.printing import printed
from leastway.registry.templates.values import MISSING, FailedError, WorkBudget, truth

__all__ = ["LISTS"]


def _copied(budget: WorkBudget, value: Any) -> list[Any]:
    found = sequence(value)
    budget.spend(len(found))
    return list(found)


def _concat(budget: WorkBudget, *values: Any) -> list[Any]:
    return [one for value in values for one in _copied(budget, value)]


def _index(budget: WorkBudget, value: Any, *keys: Any) -> Any:
    is_secret = False
    for key in keys:
        step, is_hidden = opened(key)
        is_secret = is_secret or is_hidden
        if isinstance(value, dict):
            value = value.get(text(step), MISSING)
        elif isinstance(value, list):
            place = integer(step)
            if not 0 <= place < len(value):
                raise FailedError("the index is outside of the list")
            value = value[place]
        else:
            raise FailedError("it needs a list or an object")
    return also_hidden(value, is_secret)


def _len(_budget: WorkBudget, value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, list | dict):
        return len(value)
    raise FailedError("it needs a text, a list or an object")


def _slice(budget: WorkBudget, value: Any, *bounds: Any) -> list[Any]:
    found = _copied(budget, value)
    places = [integer(one) for one in bounds]
    start = places[0] if places else 0
    end = places[1] if len(places) > 1 else len(found)
    if not 0 <= start <= end <= len(found):
        raise FailedError("the bounds are outside of the list")
    return found[start:end]


def _same(budget: WorkBudget, one: Any, other: Any) -> bool:
    """Return whether two values are deeply equal; true is not 1."""
    budget.spend()
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(budget, one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(_same(budget, *pair) for pair in zip(one, other, strict=True))
    return bool(one == other)


def _has(budget: WorkBudget, needle: Any, value: Any) -> bool:
    return value is not None and any(_same(budget, one, needle) for one in _copied(budget, value))


def _without(budget: WorkBudget, value: Any, *needles: Any) -> list[Any]:
    found = _copied(budget, value)
    return [one for one in found if not any(_same(budget, one, needle) for needle in needles)]


def _uniq(budget: WorkBudget, value: Any) -> list[Any]:
    found: list[Any] = []
    for one in _copied(budget, value):
        if not any(_same(budget, one, each) for each in found):
            found.append(one)
    return found


def _sort_alpha(budget: WorkBudget, value: Any) -> list[str]:
    return sorted((printed(one, budget) for one in _copied(budget, value)), key=str.encode)


LISTS: Final[dict[str, Function]] = {
    **functions(
        {
            "append": (lambda budget, value, one: [*_copied(budget, value), one], 2, 2),
            "concat": (_concat, 1, None),
            "first": (lambda budget, value: next(iter(_copied(budget, value)), None), 1, 1),
            "index": (_index, 1, None),
            "initial": (lambda budget, value: _copied(budget, value)[:-1], 1, 1),
            "last": (lambda budget, value: next(reversed(_copied(budget, value)), None), 1, 1),
            "list": (lambda _, *values: [None if one is MISSING else one for one in values], 0, None),
            "prepend": (lambda budget, value, one: [one, *_copied(budget, value)], 2, 2),
            "rest": (lambda budget, value: _copied(budget, value)[1:], 1, 1),
            "reverse": (lambda budget, value: _copied(budget, value)[::-1], 1, 1),
            "slice": (_slice, 1, 3),
        },
        keeps=True,
    ),
    **functions(
        {
            "compact": (lambda budget, value: [one for one in _copied(budget, value) if truth(one)], 1, 1),
            "has": (_has, 2, 2),
            "len": (_len, 1, 1),
            "sortAlpha": (_sort_alpha, 1, 1),
            "uniq": (_uniq, 1, 1),
            "without": (_without, 1, None),
        },
        keeps=False,
    ),
}
