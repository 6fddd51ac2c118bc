"""Date operators: ISO 8601 as in the W3C note, or seconds since 1970.

A number alone means seconds, so `2026` is not a year (decided here; the guide names both forms and no rule to tell them
apart). A time without a zone is UTC, although the note does not allow it.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.number import parse_number
from leastway.policy.evaluate.conditions.ordered import compile_ordered
from leastway.policy.evaluate.conditions.value_test import ValueTest, parsed_once

if TYPE_CHECKING:
    from leastway.policy.model import BaseOperator, Values

__all__ = ["compile_date", "parse_date"]

_DATE = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:[Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?)?"
    r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<zone_hour>[01][0-9]|2[0-3]):?(?P<zone_minute>[0-5][0-9]))?)?)?"
)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # zones are applied to the number, which cannot overflow


def compile_date(base: BaseOperator, values: Values) -> ValueTest:
    """Return the test of a date operator."""
    return compile_ordered(base, values, parse_date)


@parsed_once
def parse_date(text: str) -> Decimal | None:
    """Return seconds since 1970; None if `text` is not a date."""
    found = _DATE.fullmatch(text)
    if found is None:
        return parse_number(text)
    parts = (found[name] for name in ("year", "month", "day", "hour", "minute", "second"))
    year, month, day, hour, minute, second = (int(part) if part else None for part in parts)
    try:
        moment = dt.datetime(year or 0, month or 0, day or 1, hour or 0, minute or 0, second or 0)  # noqa: DTZ001
    except ValueError:
        return None
    seconds = Decimal((moment - _EPOCH).days * 86400 + (moment - _EPOCH).seconds)
    offset = int(found["zone_hour"] or 0) * 3600 + int(found["zone_minute"] or 0) * 60
    return seconds + Decimal(f"0{found['fraction'] or '.0'}") - (offset if found["sign"] == "+" else -offset)
