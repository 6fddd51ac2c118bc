"""A condition value that its operator cannot read: nothing matches it.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import is_opaque, quoted, with_stars
from leastway.policy.evaluate.conditions.malformed import missing_form
from leastway.policy.model import OperatorFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        for condition in found.conditions():
            for value, path in condition.each():
                wanted = None if is_opaque(value) else _wanted(condition.operator.base.family, value)
                if wanted:
                    message = f"{condition.operator.name} cannot read {quoted(value)}, so nothing matches it"
                    yield Violation(path, message, f"write {wanted}")


def _wanted(family: OperatorFamily, value: str) -> str | None:
    """Return the form that the value should have, None if it is well-formed."""
    if family is not OperatorFamily.ARN:
        return missing_form(family, value)
    return None if value.startswith("${") else missing_form(family, with_stars(value))


RULE = Rule("malformed-value", Severity.WARNING, "a condition value that its operator cannot read", _check)
