"""A condition value that its operator cannot read: nothing matches it.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.address import parse_range
from leastway.policy.evaluate.conditions.date import parse_date
from leastway.policy.evaluate.conditions.number import parse_number
from leastway.policy.findings.finding import Severity
from leastway.policy.findings.rule import Rule, Trouble
from leastway.policy.findings.words import is_opaque, quoted, with_stars
from leastway.policy.model import OperatorFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.findings.exhibit import Exhibit
    from leastway.policy.findings.knowledge import Knowledge

__all__ = ["RULE"]

_READ = {
    OperatorFamily.NUMERIC: (parse_number, "a number"),
    OperatorFamily.DATE: (parse_date, "a date, such as 2026-01-31T00:00:00Z"),
    OperatorFamily.IP: (parse_range, "an address or a range, such as 203.0.113.0/24"),
}
_BOOLEANS = frozenset({"true", "false"})
_SEGMENTS = 6


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Trouble]:
    for found in exhibit.statements():
        for condition in found.conditions():
            for value, path in condition.each():
                wanted = None if is_opaque(value) else _wanted(condition.operator.base.family, value)
                if wanted:
                    message = f"{condition.operator.name} cannot read {quoted(value)}, so nothing matches it"
                    yield Trouble(path, message, f"write {wanted}")


def _wanted(family: OperatorFamily, value: str) -> str | None:
    """Return what should stand there, None when the value is in order."""
    if family in _READ:
        read, wanted = _READ[family]
        return None if read(value) is not None else wanted
    if family in (OperatorFamily.BOOL, OperatorFamily.NULL):
        return None if value.lower() in _BOOLEANS else "true or false"
    if family is OperatorFamily.ARN:
        segments = with_stars(value).split(":", _SEGMENTS - 1)
        is_arn = len(segments) == _SEGMENTS and (segments[0] == "arn" or "*" in segments[0] or "?" in segments[0])
        is_variable = value.startswith("${")
        return None if is_arn or is_variable else "an ARN of six segments, with wildcards if need be"
    return None


RULE = Rule("malformed-value", Severity.WARNING, "a condition value that its operator cannot read", _check)
