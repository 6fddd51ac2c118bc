"""Questions about two patterns in which something may be unknown: does one cover the other, do they overlap?

What patterns have in common is for `leastway.policy.patterns` to say. Variables of policies and what a template leaves
open are texts that nobody knows here: to the covered side they may be anything, to the covering side nothing but
themselves.
"""

from __future__ import annotations

import functools

from leastway.lint.words import with_stars
from leastway.policy import patterns
from leastway.policy.model import complete_arn
from leastway.policy.wildcards import segments_of

__all__ = ["arn_covers", "arns_overlap", "covers", "overlap"]

_MOST_REMEMBERED = 65_536


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that matches `narrow` matches `wide`. True is certain, False is not."""
    if wide in ("*", narrow):
        return True
    return "${" not in wide and patterns.includes(wide, with_stars(narrow))


def arn_covers(wide: str, narrow: str) -> bool:
    """Likewise for resources of policies: ARNs whose wildcards stay in their segment, or `*`.

    `wide` is as it is written; where short ARNs are completed (`model.short_arn`), complete it first.
    """
    if wide in ("*", narrow):
        return True
    narrow = complete_arn(narrow)
    wide_segments, narrow_segments = segments_of(wide), segments_of(narrow)
    if len(wide_segments) != len(narrow_segments):
        return wide.endswith("*") and "*" not in wide[:-1] and "${" not in wide and narrow.startswith(wide[:-1])
    return all(covers(one, other) for one, other in zip(wide_segments, narrow_segments, strict=True))


def overlap(one: str, other: str) -> bool:
    """Whether a text can match both patterns. False is certain, and so is True unless something is unknown."""
    return patterns.overlap(with_stars(one), with_stars(other))


@functools.lru_cache(_MOST_REMEMBERED)
def arns_overlap(one: str, other: str) -> bool:
    """Likewise for resources of policies; a short ARN may be any that it begins."""
    if "*" in (one, other):
        return True
    one, other = complete_arn(one), complete_arn(other)
    left, right = segments_of(with_stars(one)), segments_of(with_stars(other))
    if len(left) != len(right):
        return overlap(one, other)
    return all(overlap(first, second) for first, second in zip(left, right, strict=True))
