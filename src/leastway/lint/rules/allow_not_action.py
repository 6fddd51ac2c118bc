"""An Allow of all actions except some, including actions that AWS adds later.

Source: IAM User Guide, "IAM JSON policy elements: NotAction", "NotAction with Allow".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.contradictions import leaves_nothing
from leastway.lint.finding import Severity
from leastway.lint.reach import NOBODY, is_about, reaches
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = "list the intended actions with Action; to forbid some, add a Deny statement"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if not exhibit.document.kind.is_grant:
        return
    for found in exhibit.allows():
        left_out = found.statement.not_actions
        if left_out is None or any(leaves_nothing(found)):
            continue
        names = listed(map(quoted, left_out))
        can_change_rights = is_about(found.statement, "iam:PutUserPolicy")
        is_everywhere = reaches(found.statement, f"arn:aws:iam::any:user/{NOBODY}")
        severity = Severity.ERROR if can_change_rights and is_everywhere else None
        message = f"this allows every action except {names}, including actions that AWS adds later"
        yield Violation(found.at("NotAction"), message, _FIX, severity)


RULE = Rule("allow-not-action", Severity.WARNING, "an Allow of all actions except some", _check)
