"""Patterns of a list that another pattern of the list means already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

__all__ = ["superseded"]


def superseded(patterns: Sequence[str], covers: Callable[[str, str], bool]) -> Iterator[tuple[int, int]]:
    """Yield the index of each superfluous pattern and of one that means it; of two that mean the same, the first stays.

    `covers` says whether its first pattern means all that its second does.
    """
    first: dict[str, int] = {}
    wide = [index for index, text in enumerate(patterns) if "*" in text or "?" in text]
    for index, text in enumerate(patterns):
        by = first.setdefault(text, index)
        if by == index:
            by = next((other for other in wide if _supersedes(patterns, other, index, covers)), index)
        if by != index:
            yield index, by


def _supersedes(patterns: Sequence[str], other: int, index: int, covers: Callable[[str, str], bool]) -> bool:
    one, text = patterns[other], patterns[index]
    return one != text and covers(one, text) and (other < index or not covers(text, one))
