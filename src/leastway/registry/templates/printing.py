"""How values become text: as Go's fmt writes texts, numbers and booleans. Everything else is refused.

Numbers that are whole stay whole (1000000, where Go would write a float64 as 1e+06).
Source: Go, packages fmt and strconv.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from leastway.registry.templates.values import DEEPEST, FailedError, WorkBudget

__all__ = ["json_text", "printed", "written_float"]

_SMALL_EXPONENT: Final = re.compile(r"e-0(\d)\Z")


def printed(value: Any, budget: WorkBudget) -> str:
    """Return the text of a scalar. Errors: FailedError for nil, a list or an object."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int):
        text = str(value)
    elif isinstance(value, float):
        text = written_float(value)
    elif value is None:
        raise FailedError('there is no value here; give another one with "default"')
    else:
        raise FailedError("a list or an object cannot be printed; use toRawJson")
    budget.text(len(text))
    return text


def written_float(value: float) -> str:
    """Return a float as `%v` writes it: shortest, with an exponent below -4 and from 6 on."""
    if not math.isfinite(value):
        raise FailedError("a number is not finite")
    sign = "-" if math.copysign(1, value) < 0 else ""
    mantissa, _, written = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    exponent = int(written or 0)
    all_digits = (whole + fraction).lstrip("0") or "0"
    point = len(whole) + exponent - (len(whole + fraction) - len((whole + fraction).lstrip("0")))
    all_digits = all_digits.rstrip("0") or "0"
    if all_digits == "0":
        return f"{sign}0"
    first = point - 1
    if first < -4 or first >= 6:
        rest = f".{all_digits[1:]}" if len(all_digits) > 1 else ""
        return f"{sign}{all_digits[0]}{rest}e{'+' if first >= 0 else '-'}{abs(first):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{all_digits}"
    if point >= len(all_digits):
        return f"{sign}{all_digits}{'0' * (point - len(all_digits))}"
    return f"{sign}{all_digits[:point]}.{all_digits[point:]}"


def json_text(value: Any, budget: WorkBudget, *, indent: int | None = None, escapes_html: bool = False) -> str:
    """Return JSON as Go's encoding/json writes it: names sorted, nothing but ASCII controls escaped."""
    _walk(value, budget, 0)
    text = "".join(_json_pieces(value, indent, 0))
    for character, escape in (("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(character, escape)
    if escapes_html:
        for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            text = text.replace(character, escape)
    budget.text(len(text))
    return text


def _json_pieces(value: Any, indent: int | None, depth: int) -> Iterator[str]:
    if not isinstance(value, dict | list) or not value:
        yield _json_float(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
        return
    begin, end = "{}" if isinstance(value, dict) else "[]"
    members = sorted(value.items()) if isinstance(value, dict) else ((None, member) for member in value)
    for number, (name, member) in enumerate(members):
        yield "," if number else begin
        if indent is not None:
            yield "\n" + " " * indent * (depth + 1)
        if name is not None:
            yield json.dumps(name, ensure_ascii=False) + (":" if indent is None else ": ")
        yield from _json_pieces(member, indent, depth + 1)
    if indent is not None:
        yield "\n" + " " * indent * depth
    yield end


def _json_float(value: float) -> str:
    """Return a float as Go's encoding/json writes it: shortest, with an exponent below -6 and from 21 on."""
    if value and not 1e-6 <= abs(value) < 1e21:
        return _SMALL_EXPONENT.sub(r"e-\1", repr(value))
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def _walk(value: Any, budget: WorkBudget, depth: int) -> None:
    budget.spend()
    if depth > DEEPEST:
        raise FailedError("a value is nested too deeply")
    if isinstance(value, dict):
        for name, member in value.items():
            budget.text(len(name))
            _walk(member, budget, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _walk(member, budget, depth + 1)
    elif isinstance(value, str):
        budget.text(len(value))
    elif isinstance(value, float) and (not math.isfinite(value)):
        raise FailedError("a number is not finite")
