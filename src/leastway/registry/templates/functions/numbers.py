"""Functions of whole numbers, within 64 bits, and the random ones. Source: sprig, "Integer Math Functions"."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable
from typing import Any, Final

from leastway.registry.templates.functions.function import Function, functions, integer, number, text
from leastway.registry.templates.values import FailedError, WorkBudget

__all__ = ["NUMBERS"]

_LONGEST_RANDOM: Final = 1000
_MOST: Final = 2**63


def _bounded(value: int) -> int:
    if not -_MOST <= value < _MOST:
        raise FailedError("the number does not fit into 64 bits")
    return value


def _folded(act: Callable[[int, int], int]) -> Callable[..., int]:
    def fold(budget: WorkBudget, *values: Any) -> int:
        found = integer(values[0])
        for one in values[1:]:
            budget.spend()
            found = _bounded(act(found, integer(one)))
        return found

    return fold


def _div(_budget: WorkBudget, one: Any, other: Any) -> int:
    above, below = integer(one), integer(other)
    if below == 0:
        raise FailedError("it cannot divide by zero")
    quotient = abs(above) // abs(below)
    return _bounded(quotient if (above < 0) == (below < 0) else -quotient)


def _mod(budget: WorkBudget, one: Any, other: Any) -> int:
    return integer(one) - integer(other) * _div(budget, one, other)


def _int(_budget: WorkBudget, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[-+]?(0|[1-9]\d{0,18})", value):
        return _bounded(int(value))
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float) and abs(number(value)) < _MOST:
        return int(value)
    raise FailedError("it is not a whole number")


def _until(budget: WorkBudget, count: Any) -> list[int]:
    end = integer(count)
    budget.spend(abs(end))
    return list(range(0, end, 1 if end >= 0 else -1))


def _random(characters: str) -> Callable[[WorkBudget, Any], str]:
    def make(_budget: WorkBudget, count: Any) -> str:
        if not 0 <= integer(count) <= _LONGEST_RANDOM:
            raise FailedError(f"it makes at most {_LONGEST_RANDOM} characters")
        return "".join(secrets.choice(characters) for _ in range(count))

    return make


NUMBERS: Final[dict[str, Function]] = functions(
    {
        "add": (_folded(lambda one, other: one + other), 1, None),
        "add1": (lambda _, value: _bounded(integer(value) + 1), 1, 1),
        "atoi": (lambda budget, value: _int(budget, text(value)), 1, 1),
        "div": (_div, 2, 2),
        "int": (_int, 1, 1),
        "int64": (_int, 1, 1),
        "max": (_folded(max), 1, None),
        "min": (_folded(min), 1, None),
        "mod": (_mod, 2, 2),
        "mul": (_folded(lambda one, other: one * other), 1, None),
        "randAlpha": (_random(string.ascii_letters), 1, 1),
        "randAlphaNum": (_random(string.ascii_letters + string.digits), 1, 1),
        "randNumeric": (_random(string.digits), 1, 1),
        "sub": (lambda _, one, other: _bounded(integer(one) - integer(other)), 2, 2),
        "until": (_until, 1, 1),
    },
    keeps=False,
)
