"""A Deny by address that also blocks AWS services.

When a service makes a call on behalf of the principal, the request comes from an address of the service.
`aws:ViaAWSService` identifies these requests. Trust policies are not checked: nobody assumes a role through a service.
Source: IAM User Guide, "AWS: Denies access to AWS based on the source IP".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.policy.evaluate.conditions import compile_condition
from leastway.policy.model import BaseOperator, PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import ConditionAt, Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = 'add "Bool": {"aws:ViaAWSService": "false"} to the same statement'
_EXEMPTING = frozenset({"aws:calledvia", "aws:calledviafirst", "aws:calledvialast"})
_TELLING = frozenset({"aws:viaawsservice", "aws:principalisawsservice"})


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if exhibit.document.kind is PolicyKind.TRUST:
        return
    for found in exhibit.statements():
        if found.is_allow or any(_spares_services(condition) for condition in found.conditions()):
            continue
        for condition in found.conditions():
            if condition.operator.base is BaseOperator.NOT_IP_ADDRESS and condition.key.lower() == "aws:sourceip":
                message = (
                    "this Deny also blocks calls that AWS services make for the principal, from their own addresses"
                )
                yield Violation(condition.path, message, _FIX)


def _spares_services(condition: ConditionAt) -> bool:
    """Whether the condition does not match a request that a service makes."""
    key = condition.key.lower()
    if key not in _EXEMPTING | _TELLING:
        return False
    value = "true" if key in _TELLING else next(iter(condition.values), "cloudformation.amazonaws.com")
    holds = compile_condition(condition.operator, key, condition.values, variables=False)
    return not holds({key: (value,) if key == "aws:calledvia" else value})


RULE = Rule(
    "address-deny-without-via-service", Severity.WARNING, "a Deny by address that also blocks AWS services", _check
)
