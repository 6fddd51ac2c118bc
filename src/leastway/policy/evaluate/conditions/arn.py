"""ARN operators: `ArnEquals` and `ArnLike` are the same, and match six segments one by one.

Source: IAM User Guide, "Condition operators", "Amazon Resource Name (ARN) condition operators". A value with fewer
segments is malformed, even `*` alone. A variable's value does not cross segments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.value_test import ValueTest, of_text, one_of
from leastway.policy.evaluate.filled import Filled
from leastway.policy.variables import parse_template
from leastway.policy.wildcards import ARN_COLONS, Globs, colons_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.policy.model import BaseOperator, Values
    from leastway.policy.variables import Context, Template

__all__ = ["compile_arn", "is_arn"]


def compile_arn(base: BaseOperator, values: Values, *, variables: bool) -> ValueTest:
    """Return the test of an ARN operator."""
    negated = base.negated
    templates = [parse_template(text, variables=variables, wildcards=True) for text in values]
    whole = [template for template in templates if colons_in(template.parts) >= ARN_COLONS]
    if negated and len(whole) < len(templates):
        return of_text(lambda _text: False)
    fixed = Globs.compile((item.fill() for item in whole if not item.variables), segmented=True).matcher()
    filled = [_filled(template) for template in whole if template.variables]
    if not filled:
        return of_text(lambda text: is_arn(text) and fixed(text) is not negated)

    def holds(text: str, context: Context) -> bool:
        if not is_arn(text):
            return False
        if fixed(text):
            return not negated
        return one_of([matches(text, context) for matches in filled], negated=negated)

    return holds


def is_arn(text: str) -> bool:
    """Whether `text` has the segments of an ARN."""
    return text.startswith("arn:") and text.count(":") >= ARN_COLONS


def _filled(template: Template) -> Callable[[str, Context], bool | None]:
    """Return a matcher with variables; a value with a colon in one of the first five segments matches no ARN."""
    narrow = template.narrow
    pattern = Filled(template, segmented=True)

    def matches(text: str, context: Context) -> bool | None:
        values = template.resolve(context)
        if values is None:
            return None
        if any(":" in value for value in values[:narrow]):
            return False
        return pattern.with_values(values)(text)

    return matches
