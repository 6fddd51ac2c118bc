"""The model of the IAM policy language: parsing, rendering, comparing and measuring policies.

Nothing here decides requests (`leastway.policy.evaluate` does) or judges policies (`leastway.lint` does).
"""

from leastway.policy.model.canonical import canonical, canonical_text, same_meaning
from leastway.policy.model.document import CURRENT_VERSION, OLD_VERSION, Document
from leastway.policy.model.error import PolicyError
from leastway.policy.model.kind import PolicyKind
from leastway.policy.model.operator import BaseOperator, Operator, OperatorFamily, SetQuantifier
from leastway.policy.model.parse import parse_policy
from leastway.policy.model.principal import Principal, PrincipalType
from leastway.policy.model.render import render, render_text
from leastway.policy.model.short_arn import complete_arn, is_short_arn
from leastway.policy.model.size import SIZE_LIMITS, PolicyHolder, policy_size
from leastway.policy.model.statement import ConditionBlock, Effect, Statement
from leastway.policy.model.values import Values

__all__ = [
    "CURRENT_VERSION",
    "OLD_VERSION",
    "SIZE_LIMITS",
    "BaseOperator",
    "ConditionBlock",
    "Document",
    "Effect",
    "Operator",
    "OperatorFamily",
    "PolicyError",
    "PolicyHolder",
    "PolicyKind",
    "Principal",
    "PrincipalType",
    "SetQuantifier",
    "Statement",
    "Values",
    "canonical",
    "canonical_text",
    "complete_arn",
    "is_short_arn",
    "parse_policy",
    "policy_size",
    "render",
    "render_text",
    "same_meaning",
]
