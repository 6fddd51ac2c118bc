"""Rule `other-account`: the role that leastway assumes in an account must be in that account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.grant.source import quote
from leastway.primitives import Arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.source import Node

__all__ = ["check_way_in"]


def check_way_in(reading: GrantReading) -> Iterator[Problem]:
    """Yield each role to assume that is in a different account than its entry."""
    for account in reading.accounts:
        way_in = account.get("access")
        node = way_in.get("assume_role") if way_in is not None else None
        arn, account_id = _arn(node), account.string_at("id")
        if node is not None and arn is not None and account_id and arn.account != account_id:
            message = f"this role is in account {arn.account}, but the entry is for {quote(account_id)}"
            yield reading.tree.problem("other-account", node, message, "give a role in the same account")


def _arn(node: Node | None) -> Arn | None:
    """Return the ARN at `node`; None if it is not valid, which another rule reports."""
    text = node.string() if node is not None else None
    try:
        return Arn.parse(text) if text and text.startswith("arn:") else None
    except InvalidInputError:
        return None
