"""Comparisons, defaults and choices. Source: Go, package text/template, "Functions"; sprig, "Default Functions"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from leastway.registry.templates.functions.function import Function, also_hidden, functions, opened, text
from leastway.registry.templates.values import FailedError, WorkBudget, has_hidden, truth

__all__ = ["LOGIC"]


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, list | dict) or isinstance(other, list | dict):
        raise FailedError("lists and objects cannot be compared")
    if _basic(one) is not _basic(other):
        raise FailedError("values of two kinds cannot be compared")
    return bool(one == other)


def _basic(value: Any) -> type:
    return next(kind for kind in (bool, str, int, float) if isinstance(value, kind))


def _eq(budget: WorkBudget, one: Any, *others: Any) -> bool:
    budget.spend(len(others))
    return any(_same(one, other) for other in others)


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def compare(_budget: WorkBudget, one: Any, other: Any) -> bool:
        are_known = all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in (one, other))
        if not are_known or _basic(one) is not _basic(other):
            raise FailedError("only two texts or two numbers can be ordered")
        first, second = (each.encode() if isinstance(each, str) else each for each in (one, other))
        return holds(first, second)

    return compare


def _default(budget: WorkBudget, fallback: Any, *given: Any) -> Any:
    if not given:
        return fallback
    if truth(given[0]):
        return given[0]
    return also_hidden(fallback, opened(given[0])[1])


def _coalesce(budget: WorkBudget, *values: Any) -> Any:
    is_secret = False
    for one in values:
        if truth(one):
            return also_hidden(one, is_secret)
        is_secret = is_secret or opened(one)[1]
    return also_hidden(None, is_secret)


def _ternary(budget: WorkBudget, one: Any, other: Any, condition: Any) -> Any:
    found, is_secret = opened(condition)
    if not isinstance(found, bool):
        raise FailedError("it needs a boolean as its last argument")
    return also_hidden(one if found else other, is_secret)


def _fail(budget: WorkBudget, words: Any) -> Any:
    if has_hidden(words, budget):
        raise FailedError("the template fails, and what it says has a secret in it")
    raise FailedError(f"the template fails: {text(words)[:500]}")


LOGIC: Final[dict[str, Function]] = {
    **functions(
        {
            "empty": (lambda _, value: not truth(value), 1, 1),
            "eq": (_eq, 2, None),
            "ge": (_ordered(lambda one, other: bool(one >= other)), 2, 2),
            "gt": (_ordered(lambda one, other: bool(one > other)), 2, 2),
            "le": (_ordered(lambda one, other: bool(one <= other)), 2, 2),
            "lt": (_ordered(lambda one, other: bool(one < other)), 2, 2),
            "ne": (lambda _, one, other: not _same(one, other), 2, 2),
            "not": (lambda _, value: not truth(value), 1, 1),
        },
        keeps=False,
    ),
    **functions(
        {
            "and": (lambda _, *values: values[0], 1, None),  # evaluated by `Evaluation`, one argument after the other
            "coalesce": (_coalesce, 1, None),
            "default": (_default, 1, 2),
            "fail": (_fail, 1, 1),
            "or": (lambda _, *values: values[0], 1, None),
            "ternary": (_ternary, 3, 3),
        },
        keeps=True,
    ),
}
