"""An Allow on all resources but some, those that are made tomorrow too.

Source: IAM User Guide, "IAM JSON policy elements: NotResource".
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

_FIX = "name the resources that are meant with Resource; to keep some out, use a Deny statement"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if not exhibit.document.kind.is_grant:
        return
    for found in exhibit.allows():
        left_out = found.statement.not_resources
        if left_out is not None:
            message = f"this allows its actions on everything but {listed(map(quoted, left_out))}"
            yield Violation(found.at("NotResource"), message, _FIX)


RULE = Rule("allow-not-resource", Severity.WARNING, "an Allow on all resources but some", _check)
