"""Numeric operators: integers and decimal numbers, compared exactly. An exponent is malformed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.ordered import compile_ordered
from leastway.policy.evaluate.conditions.value_test import ValueTest, parsed_once

if TYPE_CHECKING:
    from leastway.policy.model import BaseOperator, Values

__all__ = ["compile_number", "parse_number"]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def compile_number(base: BaseOperator, values: Values) -> ValueTest:
    """Return the test of a numeric operator."""
    return compile_ordered(base, values, parse_number)


@parsed_once
def parse_number(text: str) -> Decimal | None:
    """Read a number; None if `text` is not one."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None
