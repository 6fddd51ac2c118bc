"""NotPrincipal: an Allow for everyone except some, or a Deny that affects more than intended.

With Deny, the account and the session must be named in addition to the role, and principals with a permissions boundary
are always denied. Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = 'use Principal "*" with a condition on aws:PrincipalArn'


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        principal = found.statement.not_principal
        if principal is None:
            continue
        names = listed(quoted(name) for _, name in principal.names())
        if found.is_allow:
            message = f"this allows everyone except {names}, including strangers"
            yield Violation(found.at("NotPrincipal"), message, "name the principals with Principal", Severity.ERROR)
        else:
            message = f"this denies everyone except {names}, and also their sessions and those of them with a boundary"
            yield Violation(found.at("NotPrincipal"), message, _FIX)


RULE = Rule("not-principal", Severity.WARNING, "NotPrincipal, which has a wider effect than it seems", _check)
