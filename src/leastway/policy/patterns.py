"""Whether one wildcard pattern includes another, and whether two patterns overlap, judged from their texts.

A pattern includes another if it matches the other's text with the wildcards read as special characters: a `*` matches
any of them, and a `?` matches another `?`. This holds for every string in the same way, so a positive answer is always
right. A negative answer is not: one pattern may include the other all the same. `prove.texts` applies the same rule to
many patterns at once (`Automaton.accepts_all`), and decides exactly by searching for a string.

Patterns have no policy variables here, and colons have no special meaning: compare ARNs segment by segment.
"""

from __future__ import annotations

import functools
import re

from leastway.policy.wildcards import Wildcard, tokens_of

__all__ = ["includes", "overlap"]

_MOST_REMEMBERED = 65_536
_STAR, _ANY = "\x00", "\x01"


def includes(wide: str, narrow: str) -> bool:
    """Whether every text that matches `narrow` matches `wide`. True is certain, False is not."""
    if wide in ("*", narrow):
        return True
    if "*" not in wide and "?" not in wide:
        return False
    return _including(wide).fullmatch(narrow.replace("*", _STAR).replace("?", _ANY)) is not None


@functools.lru_cache(_MOST_REMEMBERED)
def overlap(one: str, other: str) -> bool:
    """Whether a text can match both patterns. Both answers are certain."""
    left, right = _characters(one), _characters(other)
    states = {(0, 0)}
    seen = set(states)
    while states:
        row, column = states.pop()
        if row == len(left) and column == len(right):
            return True
        for state in _steps(left, right, row, column):
            if state not in seen:
                seen.add(state)
                states.add(state)
    return False


@functools.lru_cache(_MOST_REMEMBERED)
def _including(wide: str) -> re.Pattern[str]:
    """Return the expression; each piece between two stars matches at its first occurrence, so it never backtracks."""
    pieces = [""]
    for token in tokens_of(wide):
        if token is Wildcard.STAR:
            pieces.append("")
        else:
            pieces[-1] += f"[^{_STAR}]" if isinstance(token, Wildcard) else re.escape(token)
    head, *rest = pieces
    if not rest:
        return re.compile(head, re.DOTALL)
    *middle, tail = rest
    return re.compile(f"{head}{''.join(f'(?>.*?{piece})' for piece in middle)}.*{tail}", re.DOTALL)


def _characters(pattern: str) -> list[str | Wildcard]:
    return [
        item
        for token in tokens_of(re.sub(r"\*+", "*", pattern))
        for item in ([token] if isinstance(token, Wildcard) else token)
    ]


def _steps(left: list[str | Wildcard], right: list[str | Wildcard], row: int, column: int) -> list[tuple[int, int]]:
    """Return the positions in the two patterns that can follow `row` and `column`."""
    first = left[row] if row < len(left) else None
    second = right[column] if column < len(right) else None
    steps = []
    if first is Wildcard.STAR:
        steps.append((row + 1, column))
    if second is Wildcard.STAR:
        steps.append((row, column + 1))
    if first is not None and second is not None and _same(first, second):
        steps.append((row + (first is not Wildcard.STAR), column + (second is not Wildcard.STAR)))
    return [step for step in steps if step != (row, column)]


def _same(first: str | Wildcard, second: str | Wildcard) -> bool:
    return isinstance(first, Wildcard) or isinstance(second, Wildcard) or first == second
