"""Trust policies: who can assume the role, which of them are third parties, and under which conditions.

Source: IAM User Guide, "The confused deputy problem" and "Access to AWS accounts owned by third parties".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.lint.absence import holds_when_absent
from leastway.lint.reach import is_about
from leastway.lint.words import OWN_ACCOUNT
from leastway.policy.model import PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import ConditionAt, Exhibit, StatementAt
    from leastway.lint.knowledge import Knowledge
    from leastway.source import KeyPath

__all__ = [
    "EXTERNAL_ID",
    "account_of",
    "assumptions",
    "denials_of_no_id",
    "external_id_conditions",
    "third_parties",
]

EXTERNAL_ID = "sts:externalid"
_ACCOUNT = re.compile(r"(?:arn:[^:]*:[^:]*::)?([0-9]{12})(?![^:])")


def assumptions(exhibit: Exhibit) -> Iterator[StatementAt]:
    """Yield the Allow statements of a trust policy by which principals of AWS accounts can assume the role."""
    if exhibit.document.kind is PolicyKind.TRUST:
        yield from (found for found in exhibit.allows() if is_about(found.statement, "sts:AssumeRole"))


def third_parties(found: StatementAt, knowledge: Knowledge) -> Iterator[tuple[str, KeyPath]]:
    """Yield each principal outside your own accounts, including everyone and unknown principals."""
    own = knowledge.own_accounts | {OWN_ACCOUNT}
    for principal_type, name, path in found.principals():
        if principal_type == "AWS" and account_of(name) not in own:
            yield name, path


def account_of(principal: str) -> str | None:
    """Return the account of a principal of type AWS, None if its name does not contain it."""
    found = _ACCOUNT.match(principal)
    return found[1] if found else None


def external_id_conditions(found: StatementAt) -> list[ConditionAt]:
    """Return the statement's conditions on the external id."""
    return [condition for condition in found.conditions() if condition.key.lower() == EXTERNAL_ID]


def denials_of_no_id(exhibit: Exhibit) -> Iterator[StatementAt]:
    """Yield each Deny that matches every request without an external id."""
    for found in exhibit.statements():
        conditions = list(found.conditions())
        hits = conditions and all(one.key.lower() == EXTERNAL_ID and holds_when_absent(one) for one in conditions)
        if not found.is_allow and hits and is_about(found.statement, "sts:AssumeRole"):
            yield found
