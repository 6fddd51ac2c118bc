"""Comparing patterns that may have unknown parts: whether one covers the other, and whether they overlap.

`leastway.policy.patterns` does the comparison. Policy variables and the values that a template does not define are
unknown: in the covered pattern they may be anything, in the covering pattern they match only themselves.
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
    """Whether every resource that matches `narrow` matches `wide`: ARNs whose wildcards do not cross segments, or `*`.

    `wide` is taken as written; if short ARNs are completed (`model.short_arn`), complete it first.
    """
    if wide in ("*", narrow):
        return True
    narrow = complete_arn(narrow)
    wide_segments, narrow_segments = segments_of(wide), segments_of(narrow)
    if len(wide_segments) != len(narrow_segments):
        return wide.endswith("*") and "*" not in wide[:-1] and "${" not in wide and narrow.startswith(wide[:-1])
    return all(covers(one, other) for one, other in zip(wide_segments, narrow_segments, strict=True))


def overlap(one: str, other: str) -> bool:
    """Whether a text can match both patterns. False is certain; True is certain unless a part is unknown."""
    return patterns.overlap(with_stars(one), with_stars(other))


@functools.lru_cache(_MOST_REMEMBERED)
def arns_overlap(one: str, other: str) -> bool:
    """Whether a resource can match both patterns; a short ARN is completed with wildcards."""
    if "*" in (one, other):
        return True
    one, other = complete_arn(one), complete_arn(other)
    left, right = segments_of(with_stars(one)), segments_of(with_stars(other))
    if len(left) != len(right):
        return overlap(one, other)
    return all(overlap(first, second) for first, second in zip(left, right, strict=True))
