"""Finding the patterns that are worth comparing, so that long lists of patterns are not compared pair by pair.

A pattern can include another only if the other begins with the text before the first's first wildcard. If that still
leaves too many pairs, the comparison stops (`Effort`) and the rule reports it.
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
"""More than any policy that AWS stores can need: the longest have about 20,000 characters."""
_OPENING = re.compile(r"[*?]|\$\{")


class ByBeginning:
    """Numbered patterns, indexed by the text before their first wildcard."""

    def __init__(self, patterns: Iterable[tuple[int, str]]) -> None:
        self._numbers: dict[str, list[int]] = {}
        for number, pattern in patterns:
            found = _OPENING.search(pattern)
            self._numbers.setdefault(pattern[: found.start()] if found else pattern, []).append(number)
        self._lengths: Sequence[int] = sorted({len(beginning) for beginning in self._numbers})

    def of(self, text: str) -> Iterator[int]:
        """Yield the number of each pattern that may include `text`, which may be a pattern itself."""
        for length in self._lengths:
            if length > len(text):
                return
            yield from self._numbers.get(text[:length], ())


@dataclass(slots=True)
class Effort:
    """The number of comparisons that a rule may still make on one policy."""

    left: int = _MOST_COMPARISONS
    has_ended: bool = False
    """Whether a comparison was skipped because the limit was reached."""

    def spend(self, cost: int = 1) -> bool:
        """Count a comparison of the given cost; return False if the limit does not allow it."""
        if self.left < cost:
            self.has_ended = True
            return False
        self.left -= cost
        return True

    def within(self, candidates: Iterable[int]) -> list[int]:
        """Return `candidates` without repetitions and sorted; only some of them if there are more than the limit."""
        found = list(islice(candidates, self.left + 1))
        self.has_ended = self.has_ended or len(found) > self.left
        return sorted(set(found))

    def doubts(self, things: str) -> Iterator[Inconclusive]:
        """Yield an Inconclusive if not all of the `things` were compared."""
        if self.has_ended:
            what = f"there are too many {things} to compare each with the others"
            yield Inconclusive((), what, "split the policy: AWS does not store policies of this size")
