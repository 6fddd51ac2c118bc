"""Passing any role to any service: the holder can act with the role's permissions through the service.

Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.absence import requires
from leastway.lint.finding import Severity
from leastway.lint.patterns import covers
from leastway.lint.reach import NOBODY, reaches
from leastway.lint.rule import Rule, Violation
from leastway.policy.model import PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_KEYS = ("iam:passedtoservice", "iam:associatedresourcearn")
_ANY_ROLE = f"arn:aws:iam::any:role/{NOBODY}"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if exhibit.document.kind is not PolicyKind.IDENTITY:
        return
    for found in exhibit.allows():
        for pattern, path in found.actions():
            if not pattern.lower().startswith("iam:") or not covers(pattern.lower(), "iam:passrole"):
                continue
            if reaches(found.statement, _ANY_ROLE) and not any(requires(one, *_KEYS) for one in found.conditions()):
                message = "this allows passing every role of the account to every service"
                fix = "name the roles in Resource, and the services in StringEquals iam:PassedToService"
                yield Violation(path, message, fix)


RULE = Rule("pass-role-anywhere", Severity.WARNING, "iam:PassRole of any role to any service", _check)
