"""Rule `grants-nothing`: an account with neither clusters nor roles is probably unfinished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.source import MapNode, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading

__all__ = ["check_grants_something"]


def check_grants_something(reading: GrantReading) -> Iterator[Problem]:
    """Yield each account in which the platform would get an identity but no access."""
    for account in reading.accounts:
        listing = account.get("list_clusters")
        if not isinstance(account, MapNode) or (listing is not None and plain(listing) is True):
            continue
        if all(not plain(node) for key in ("clusters", "roles") if (node := account.get(key)) is not None):
            message = "this account has neither clusters nor roles, so the platform gets no access there"
            fix = "add `clusters:` or `roles:`, or delete the account"
            yield reading.tree.problem("grants-nothing", account.get("id") or account, message, fix)
