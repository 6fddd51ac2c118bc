"""Patterns of a list that another pattern of the same list already covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from leastway.lint.candidates import ByBeginning, Effort

__all__ = ["superseded"]


def superseded(
    patterns: Sequence[str], covers: Callable[[str, str], bool], effort: Effort
) -> Iterator[tuple[int, int]]:
    """Yield the index of each superfluous pattern and of one that covers it; of two equivalent ones, the first stays.

    `covers` tells whether its first pattern covers its second. Nothing is found once `effort` is used up.
    """
    first: dict[str, int] = {}
    for index, text in enumerate(patterns):
        first.setdefault(text, index)
    others = ByBeginning((index, text) for text, index in first.items())
    for index, text in enumerate(patterns):
        by = first[text]
        if by == index:
            worth_it = effort.within(others.of(text))
            by = next((other for other in worth_it if _supersedes(patterns, other, index, covers, effort)), index)
        if by != index:
            yield index, by


def _supersedes(
    patterns: Sequence[str], other: int, index: int, covers: Callable[[str, str], bool], effort: Effort
) -> bool:
    one, text = patterns[other], patterns[index]
    return one != text and effort.spend() and covers(one, text) and (other < index or not covers(text, one))
