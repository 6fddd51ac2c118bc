"""Condition values that their operator cannot read.

In an evaluation they match nothing. AWS does not document their effect, so proofs consider both. Source of the forms:
IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

from collections.abc import Callable

from leastway.policy.evaluate.conditions.address import parse_range
from leastway.policy.evaluate.conditions.date import parse_date
from leastway.policy.evaluate.conditions.number import parse_number
from leastway.policy.model import OperatorFamily
from leastway.policy.wildcards import ARN_COLONS, segments_of

__all__ = ["missing_form"]

_READ: dict[OperatorFamily, tuple[Callable[[str], object], str]] = {
    OperatorFamily.NUMERIC: (parse_number, "a number"),
    OperatorFamily.DATE: (parse_date, "a date, such as 2026-01-31T00:00:00Z"),
    OperatorFamily.IP: (parse_range, "an address or a range, such as 203.0.113.0/24"),
}
_BOOLEANS = frozenset({"true", "false"})


def missing_form(family: OperatorFamily, value: str) -> str | None:
    """Return the form that `value` should have, None if it is well-formed.

    Unknown parts of an ARN, such as a variable, are given as `*`.
    """
    if family in _READ:
        read, wanted = _READ[family]
        return None if read(value) is not None else wanted
    if family in (OperatorFamily.BOOL, OperatorFamily.NULL):
        return None if value.lower() in _BOOLEANS else "true or false"
    if family is OperatorFamily.ARN:
        segments = segments_of(value)
        is_arn = len(segments) > ARN_COLONS and (segments[0] == "arn" or "*" in segments[0] or "?" in segments[0])
        return None if is_arn else "an ARN of six segments, with wildcards if necessary"
    return None
