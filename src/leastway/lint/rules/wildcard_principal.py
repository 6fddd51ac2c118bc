"""A trust policy that admits everyone, or a whole account.

The root of an account stands for every principal that its administrators allow; a platform is a single principal.
Source: IAM User Guide, "AWS JSON policy elements: Principal", "How to specify a principal", and "AWS account
principals".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.lint.absence import requires
from leastway.lint.finding import Severity
from leastway.lint.outsiders import keeps_strangers_out
from leastway.lint.rule import Rule, Violation
from leastway.lint.trust import account_of, third_parties
from leastway.policy.model import PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_ROOT = re.compile(r"(?:arn:[^:]*:iam::)?[0-9]{12}(?::root)?")
_NARROWING = ("aws:principalarn", "aws:userid")


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    if exhibit.document.kind is not PolicyKind.TRUST:
        return
    for found in exhibit.allows():
        if any(requires(condition, *_NARROWING) for condition in found.conditions()):
            continue
        is_open = not keeps_strangers_out(exhibit, found)
        for _, name, path in found.principals():
            if name == "*" and is_open:
                fix = "name the principal by its ARN"
                yield Violation(path, "everyone with an AWS account can assume this role", fix)
        for name, path in third_parties(found, knowledge):
            if _ROOT.fullmatch(name):
                message = f"every principal of account {account_of(name)} can assume this role, not just one"
                fix = "name the principal by its ARN, or require it with ArnEquals aws:PrincipalArn"
                yield Violation(path, message, fix, Severity.WARNING)


RULE = Rule("wildcard-principal", Severity.ERROR, "a trust policy that admits everyone or a whole account", _check)
