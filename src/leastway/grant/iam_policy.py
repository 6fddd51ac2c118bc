"""Reading a file with an IAM policy: valid JSON, a valid policy within IAM's size limit, no secrets or placeholders.

`leastway.policy` parses the policy; this module turns its errors into problems and adds the rules of a grant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.grant.model import PolicyFile
from leastway.grant.problem import without_repetition
from leastway.grant.rules.secret import check_secrets
from leastway.grant.source import GrantFile, quote
from leastway.policy import PolicyError, PolicyKind, parse_policy, policy_size
from leastway.policy.model import SIZE_LIMITS, PolicyHolder
from leastway.registry import find_placeholder_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem

__all__ = ["read_policy"]

# What to underline: a string, a word, or an object or list to the end of its line.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{].*|[^\s,\]}]+')
_LONGEST = SIZE_LIMITS[PolicyHolder.MANAGED_POLICY]


def read_policy(source: GrantFile) -> tuple[PolicyFile | None, list[Problem]]:
    """Read an identity policy; None with any problem."""
    problems = [*check_secrets(source), *_placeholders(source)]
    try:
        document = parse_policy(source.text, kind=PolicyKind.IDENTITY)
    except PolicyError as error:
        return None, without_repetition(problems, [_problem(source, error)])
    size = policy_size(document)
    if size > _LONGEST:
        message = f"the policy has {size:,} characters without white space, and IAM accepts {_LONGEST:,}"
        problems.append(source.problem("policy-size", 0, 1, message, "split it into several files"))
    return (None if problems else PolicyFile(source.path, source.text, document)), problems


def _placeholders(source: GrantFile) -> Iterator[Problem]:
    for start, end in find_placeholder_text(source.text, variables=True):
        message = f"{quote(source.text[start:end])} is placeholder text"
        yield source.problem("placeholder", start, end, message, "replace it with the value")


def _problem(source: GrantFile, error: PolicyError) -> Problem:
    start = source.offset(error.line or 1, error.column or 1)
    token = _TOKEN.match(source.text, start)
    fix = error.fix or "correct the policy; `leastway policy lint` shows more about it"
    return source.problem("policy-file", start, token.end() if token else start, error.what, fix)
