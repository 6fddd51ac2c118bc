"""String operators: equality, equality that ignores case, or patterns whose `*` matches any characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.value_test import ValueTest, of_text, one_of
from leastway.policy.evaluate.filled import Filled
from leastway.policy.model import BaseOperator
from leastway.policy.variables import parse_template
from leastway.policy.wildcards import Globs

if TYPE_CHECKING:
    from leastway.policy.model import Values
    from leastway.policy.variables import Context, Template

__all__ = ["compile_text"]

_LIKE = (BaseOperator.STRING_LIKE, BaseOperator.STRING_NOT_LIKE)
_IGNORE_CASE = (BaseOperator.STRING_EQUALS_IGNORE_CASE, BaseOperator.STRING_NOT_EQUALS_IGNORE_CASE)


def compile_text(base: BaseOperator, values: Values, *, variables: bool) -> ValueTest:
    """Return the test of a string operator."""
    if base in _IGNORE_CASE:
        return _ignoring_case(base, values, variables=variables)
    templates = [parse_template(text, variables=variables, wildcards=base in _LIKE) for text in values]
    matches = Globs.compile(template.fill() for template in templates if not template.variables).matcher()
    filled = [Filled(template, segmented=False) for template in templates if template.variables]
    negated = base.negated
    if not filled:
        return of_text(lambda text: not matches(text)) if negated else of_text(matches)

    def holds(text: str, context: Context) -> bool:
        if matches(text):
            return not negated
        return one_of([pattern.matches(text, context) for pattern in filled], negated=negated)

    return holds


def _ignoring_case(base: BaseOperator, values: Values, *, variables: bool) -> ValueTest:
    templates = [parse_template(text, variables=variables, wildcards=False) for text in values]

    def holds(text: str, context: Context) -> bool:
        return one_of([_same(template, text, context) for template in templates], negated=base.negated)

    return holds


def _same(template: Template, text: str, context: Context) -> bool | None:
    values = template.resolve(context)
    if values is None:
        return None
    wanted = "".join(str(part) for part in template.fill(values))
    return wanted.lower() == text.lower()
