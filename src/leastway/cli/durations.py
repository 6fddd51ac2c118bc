"""Durations on the command line: a number and a unit, such as 30m, 12h or 7d."""

from __future__ import annotations

import datetime as dt
import re

import click

__all__ = ["Duration"]

_SHAPE = re.compile(r"(0|[1-9][0-9]{0,5})(s|m|h|d)")
_LONGEST = dt.timedelta(days=3653)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Duration(click.ParamType[dt.timedelta]):
    """A duration of less than 10 years."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.timedelta:
        """Return the duration; a usage error says how to write one."""
        if isinstance(value, dt.timedelta):
            return value
        if value == "0":
            return dt.timedelta()
        found = _SHAPE.fullmatch(str(value))
        duration = dt.timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else _LONGEST
        if duration >= _LONGEST:
            raise click.BadParameter(f"{value!r} is not a duration: write it like 30m, 12h or 7d", ctx, param)
        return duration
