"""What the families of operators share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from leastway.policy.variables import Context

__all__ = ["ValueTest", "of_text", "one_of", "parsed_once"]

ValueTest = Callable[[str, Context], bool]
"""Whether one value of the request holds; the context is for variables of the policy's values."""

T = TypeVar("T")

_MOST_REMEMBERED = 4096


def parsed_once(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Remember what `parse` made of the texts that it saw last."""
    return functools.lru_cache(_MOST_REMEMBERED)(parse)


def of_text(holds: Callable[[str], bool]) -> ValueTest:
    """Return the test of an operator without variables."""
    return lambda value, _context: holds(value)


def one_of(outcomes: list[bool | None], *, negated: bool) -> bool:
    """Take together how one value of the request compares with each of the policy's; None is malformed.

    A positive operator is an OR; a negated one a NOR, which a malformed value makes false too.
    """
    if negated:
        return all(outcome is False for outcome in outcomes)
    return any(outcomes)
