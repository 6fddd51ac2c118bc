"""A service principal that is admitted for all its customers: the cross-service confused deputy problem.

The service acts for all its customers; only the source keys tell for which one. Source: IAM User Guide, "The confused
deputy problem", "Cross-service confused deputy prevention".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.absence import requires
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import quoted
from leastway.policy.model import PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit, StatementAt
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_KEYS = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "kms:calleraccount",
)
_FIX = "require the source: ArnLike aws:SourceArn, or StringEquals aws:SourceAccount"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if exhibit.document.kind is not PolicyKind.RESOURCE:
        return
    is_denied = any(_tells_source(found) for found in exhibit.statements() if not found.is_allow)
    for found in exhibit.allows():
        if is_denied or any(requires(condition, *_KEYS) for condition in found.conditions()):
            continue
        for principal_type, name, path in found.principals():
            if principal_type == "Service":
                yield Violation(path, f"{quoted(name)} can do this for any of its customers, in any account", _FIX)


def _tells_source(found: StatementAt) -> bool:
    return any(condition.key.lower() in _KEYS for condition in found.conditions())


RULE = Rule(
    "confused-deputy", Severity.WARNING, "a service principal that is not limited to an account or resource", _check
)
