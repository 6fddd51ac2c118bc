"""Which patterns are worth comparing: what keeps lists of thousands of patterns from being compared pair by pair.

A pattern can only mean all that another does where the other begins with what stands before the first wildcard of the
first. Where even that leaves too many pairs, the comparing stops (`Effort`) and the rule says that it did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from leastway.lint.rule import Inconclusive

__all__ = ["ByBeginning", "Effort"]

_MOST_COMPARISONS: Final = 200_000
"""More than any policy that AWS stores can need: its longest have some 20,000 characters."""
_OPENING = re.compile(r"[*?]|\$\{")


class ByBeginning:
    """Pattern number N of `patterns`, found by what it begins with."""

    def __init__(self, patterns: Iterable[tuple[int, str]]) -> None:
        self._numbers: dict[str, list[int]] = {}
        for number, pattern in patterns:
            found = _OPENING.search(pattern)
            self._numbers.setdefault(pattern[: found.start()] if found else pattern, []).append(number)
        self._lengths: Sequence[int] = sorted({len(beginning) for beginning in self._numbers})

    def of(self, text: str) -> Iterator[int]:
        """Yield the number of each pattern that may mean all that `text` does, which itself may be a pattern."""
        for length in self._lengths:
            if length > len(text):
                return
            yield from self._numbers.get(text[:length], ())


@dataclass(slots=True)
class Effort:
    """How many comparisons a rule may still make on one policy."""

    left: int = _MOST_COMPARISONS
    has_ended: bool = False
    """Whether a comparison was asked for that could not be made any more."""

    def spend(self, cost: int = 1) -> bool:
        """Whether one more comparison, or one as long as `cost` of them, may be made."""
        if self.left < cost:
            self.has_ended = True
            return False
        self.left -= cost
        return True

    def within(self, candidates: Iterable[int]) -> list[int]:
        """Return `candidates` once each and in order; where there are more than may be compared, some of them."""
        found = list(islice(candidates, self.left + 1))
        self.has_ended = self.has_ended or len(found) > self.left
        return sorted(set(found))

    def doubts(self, things: str) -> Iterator[Inconclusive]:
        """Yield that not all of the `things` were compared, where that is so."""
        if self.has_ended:
            what = f"there are too many {things} to compare each with the others"
            yield Inconclusive((), what, "split the policy: AWS stores none of this size")
