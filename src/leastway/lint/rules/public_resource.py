"""A resource that everyone can use.

Source: IAM User Guide, "AWS JSON policy elements: Principal", "All principals"; Amazon S3 User Guide, "The meaning of
public".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.outsiders import keeps_strangers_out
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import listed, quoted
from leastway.policy.model import PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = "name the principals, or add a condition such as StringEquals aws:PrincipalOrgID or ArnLike aws:PrincipalArn"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if exhibit.document.kind is not PolicyKind.RESOURCE:
        return
    for found in exhibit.allows():
        names = [path for principal_type, name, path in found.principals() if principal_type == "AWS" and name == "*"]
        if names and not keeps_strangers_out(exhibit, found):
            actions = listed(quoted(pattern) for pattern, _ in found.actions())
            yield Violation(names[0], f"everyone in the world can use {actions} here", _FIX)


RULE = Rule("public-resource", Severity.ERROR, "a resource policy that admits everyone", _check)
