"""A third party that can assume a role without an external id: the confused deputy problem.

Another customer of the third party could enter this role's ARN there and get access. A Deny of requests without the
correct id protects too. Source: IAM User Guide, "The confused deputy problem" and "Access to AWS accounts owned by
third parties".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.trust import (
    account_of,
    assumptions,
    denials_of_no_id,
    external_id_conditions,
    third_parties,
)
from leastway.lint.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_FIX = 'require the id that the third party stores for you: "StringEquals": {"sts:ExternalId": "..."}'


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    platforms = {account_of(platform.principal): platform for platform in knowledge.platforms}
    is_denied = any(denials_of_no_id(exhibit))
    for found in () if is_denied else assumptions(exhibit):
        if external_id_conditions(found):
            continue
        for name, path in third_parties(found, knowledge):
            if name == "*":
                continue
            platform = platforms.get(account_of(name))
            who = platform.name if platform else quoted(name)
            message = f"{who} can assume this role without an external id, on behalf of any of its customers"
            yield Violation(path, message, _FIX, Severity.ERROR if platform else None)


RULE = Rule("missing-external-id", Severity.WARNING, "a third party that does not need an external id", _check)
