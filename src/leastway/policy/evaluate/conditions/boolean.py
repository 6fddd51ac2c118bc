"""`Bool`: true or false, in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.value_test import ValueTest, of_text

if TYPE_CHECKING:
    from leastway.policy.model import Values

__all__ = ["compile_boolean"]

_BOOLEANS = frozenset({"true", "false"})


def compile_boolean(values: Values) -> ValueTest:
    """Return the test of `Bool`."""
    wanted = _BOOLEANS & {text.lower() for text in values}
    return of_text(lambda text: text.lower() in wanted)
