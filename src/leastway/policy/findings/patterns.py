"""Questions about two wildcard patterns: does one cover the other, do they overlap? See `leastway.policy.wildcards`.

Variables of policies are texts that nobody knows here: to the covered side they may be anything, to the covering side
nothing but themselves.
"""

from __future__ import annotations

import functools
import re

from leastway.policy.findings.words import with_stars
from leastway.policy.model import complete_arn
from leastway.policy.wildcards import Wildcard, tokens_of

__all__ = ["arn_covers", "arns_overlap", "covers", "overlap"]

_MOST_REMEMBERED = 65_536
_ARN_COLONS = 5
_STAR, _ANY = "\x00", "\x01"


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that matches `narrow` matches `wide`. True is certain, False is not."""
    if wide in ("*", narrow):
        return True
    if "${" in wide or ("*" not in wide and "?" not in wide):
        return False
    encoded = with_stars(narrow).replace("*", _STAR).replace("?", _ANY)
    return _covering(wide).fullmatch(encoded) is not None


def arn_covers(wide: str, narrow: str) -> bool:
    """Likewise for resources of policies: ARNs whose wildcards stay in their segment, or `*`.

    `wide` is as it is written; where short ARNs are completed (`model.short_arn`), complete it first.
    """
    if wide in ("*", narrow):
        return True
    narrow = complete_arn(narrow)
    wide_segments, narrow_segments = wide.split(":", _ARN_COLONS), narrow.split(":", _ARN_COLONS)
    if len(wide_segments) != len(narrow_segments):
        return wide.endswith("*") and "*" not in wide[:-1] and "${" not in wide and narrow.startswith(wide[:-1])
    return all(covers(one, other) for one, other in zip(wide_segments, narrow_segments, strict=True))


@functools.lru_cache(_MOST_REMEMBERED)
def overlap(one: str, other: str) -> bool:
    """Whether a text can match both patterns. False is certain, and so is True unless there are variables."""
    left, right = _characters(with_stars(one)), _characters(with_stars(other))
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
def arns_overlap(one: str, other: str) -> bool:
    """Likewise for resources of policies; a short ARN may be any that it begins."""
    if "*" in (one, other):
        return True
    one, other = complete_arn(one), complete_arn(other)
    left, right = with_stars(one).split(":", _ARN_COLONS), with_stars(other).split(":", _ARN_COLONS)
    if len(left) != len(right):
        return overlap(one, other)
    return all(overlap(first, second) for first, second in zip(left, right, strict=True))


@functools.lru_cache(_MOST_REMEMBERED)
def _covering(wide: str) -> re.Pattern[str]:
    """Return the expression; each piece between two stars is taken at its first place, so that it never backtracks."""
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
    """Return where two patterns can go on from two places."""
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
