"""An Allow of which a Deny of the same policy leaves nothing.

Told from the text; what several Deny statements together leave of it is not looked for. Source: IAM User Guide,
"Policy evaluation logic": an explicit deny overrides any allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.findings.finding import Severity
from leastway.policy.findings.rule import Rule, Trouble
from leastway.policy.findings.subsumption import says_all_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.findings.exhibit import Exhibit
    from leastway.policy.findings.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Trouble]:
    denies = [found for found in exhibit.statements() if not found.is_allow]
    for found in exhibit.allows():
        for deny in denies:
            if says_all_of(deny.statement, found.statement):
                message = f"statement {deny.name} denies all that this statement allows"
                yield Trouble(found.path, message, "remove this statement, or narrow the Deny")
                break


RULE = Rule("shadowed-statement", Severity.WARNING, "an Allow of which a Deny leaves nothing", _check)
