"""An Allow on all resources except some, including resources that are created later.

Source: IAM User Guide, "IAM JSON policy elements: NotResource".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.contradictions import leaves_nothing
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = "list the intended resources with Resource; to exclude some, add a Deny statement"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if not exhibit.document.kind.is_grant:
        return
    for found in exhibit.allows():
        left_out = found.statement.not_resources
        if left_out is not None and not any(leaves_nothing(found)):
            message = f"this allows its actions on every resource except {listed(map(quoted, left_out))}"
            yield Violation(found.at("NotResource"), message, _FIX)


RULE = Rule("allow-not-resource", Severity.WARNING, "an Allow on all resources except some", _check)
