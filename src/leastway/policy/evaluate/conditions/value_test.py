"""Types and functions that the families of operators share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from leastway.policy.variables import Context

__all__ = ["ValueTest", "of_text", "one_of", "parsed_once"]

ValueTest = Callable[[str, Context], bool]
"""Whether one value of the request matches; the context gives values to the variables of the policy."""

T = TypeVar("T")

_MOST_REMEMBERED = 4096


def parsed_once(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Cache the results of `parse` for the most recent texts."""
    return functools.lru_cache(_MOST_REMEMBERED)(parse)


def of_text(holds: Callable[[str], bool]) -> ValueTest:
    """Return the test of an operator without variables."""
    return lambda value, _context: holds(value)


def one_of(outcomes: list[bool | None], *, negated: bool) -> bool:
    """Combine the results of comparing one value of the request with each value of the policy; None is malformed.

    A positive operator is an OR; a negated operator is a NOR, which a malformed value makes false too.
    """
    if negated:
        return all(outcome is False for outcome in outcomes)
    return any(outcomes)
