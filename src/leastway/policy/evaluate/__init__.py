"""Deciding requests as AWS would.

`compile_policies(PolicySet(...)).decide(Request(...))` returns a Decision. Compile once, decide often: statements that
cannot match an action cost nothing. `leastway.policy.explain` explains decisions.
"""

from leastway.policy.evaluate.compiled import CompiledPolicies, compile_policies
from leastway.policy.evaluate.decision import Decision, StatementRef, Verdict
from leastway.policy.evaluate.policy_set import PolicySet
from leastway.policy.evaluate.principal import Caller, CallerKind, Closeness
from leastway.policy.evaluate.request import ContextValue, Request

__all__ = [
    "Caller",
    "CallerKind",
    "Closeness",
    "CompiledPolicies",
    "ContextValue",
    "Decision",
    "PolicySet",
    "Request",
    "StatementRef",
    "Verdict",
    "compile_policies",
]
