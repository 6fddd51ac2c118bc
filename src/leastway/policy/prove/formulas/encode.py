"""A statement as a formula over a request's resource and context: it holds if the statement matches.

Each rule is that of `leastway.policy.evaluate`, whose tests define the meaning. Action and principal are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate.resources import resource_templates
from leastway.policy.model import BaseOperator, SetQuantifier
from leastway.policy.prove.formulas.formula import FALSE, RESOURCE, TRUE, Aspect, Formula, Literal, all_of, any_of
from leastway.policy.prove.formulas.interpretation import Interpretation, has_malformed_value
from leastway.policy.prove.texts.language import Templated
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.prove.texts.values import holding
from leastway.policy.wildcards import Wildcard

if TYPE_CHECKING:
    from leastway.policy.model import Operator, PolicyKind, Statement, Values

__all__ = ["encode_condition", "encode_statement"]


def encode_statement(
    statement: Statement, kind: PolicyKind, interpretation: Interpretation, *, variables: bool
) -> Formula:
    """Return when `statement` matches; `kind` is its document's, `variables` whether that document has variables."""
    conditions = (
        encode_condition(operator, key, values, interpretation, variables=variables)
        for operator, key, values in statement.tests()
    )
    return all_of([_resource(statement, variables=variables, completes=interpretation.completes(kind)), *conditions])


def _resource(statement: Statement, *, variables: bool, completes: bool) -> Formula:
    values = statement.resources or statement.not_resources
    if values is None:
        return TRUE if statement.resources is None else FALSE
    templates = resource_templates(values, variables=variables, completes=completes)
    fixed = [template.fill() for template in templates if not template.variables]
    filled = [Templated(template, segmented=True) for template in templates if template.variables]
    if statement.not_resources is not None:
        return Literal(RESOURCE, Aspect.VALUE, TextSet.none_of(fixed, filled, segmented=True))
    if (Wildcard.STAR,) in fixed:
        return TRUE
    return Literal(RESOURCE, Aspect.VALUE, TextSet.one_of(fixed, filled, segmented=True))


def encode_condition(
    operator: Operator, key: str, values: Values, interpretation: Interpretation, *, variables: bool
) -> Formula:
    """Return when one condition holds."""
    key = key.lower()
    if interpretation.malformed_holds and has_malformed_value(operator, values):
        return TRUE
    if operator.base is BaseOperator.NULL:
        return _null(key, values)
    among = holding(operator, values, variables=variables)
    if operator.quantifier is SetQuantifier.FOR_ALL_VALUES:
        return Literal(key, Aspect.SOME, among.complement(), holds=False)
    if operator.quantifier is None and operator.base.negated and interpretation.negated_holds_for_several:
        return Literal(key, Aspect.VALUE, among.complement(), holds=False)
    aspect = Aspect.VALUE if operator.quantifier is None else Aspect.SOME
    holds = Literal(key, aspect, among)
    when_absent = operator.if_exists or (operator.base.negated and operator.quantifier is None)
    return any_of([Literal(key, Aspect.PRESENT, holds=False), holds]) if when_absent else holds


def _null(key: str, values: Values) -> Formula:
    wanted = {text.lower() for text in values}
    present, absent = "false" in wanted, "true" in wanted
    if present and absent:
        return TRUE
    return Literal(key, Aspect.PRESENT, holds=present) if present or absent else FALSE
