"""Rules `other-account` and `other-partition`: what belongs together lies in one account and one partition.

A role that is assumed to get into an account is a role of that account. A principal is trusted, and an address
condition holds, only within a partition (IAM User Guide, "AWS JSON policy elements: Principal").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.grant.source import quote
from leastway.grant.values.region import partition_of
from leastway.primitives import Arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import Reading
    from leastway.grant.yaml_tree import Node

__all__ = ["check_partition", "check_way_in"]


def check_way_in(reading: Reading) -> Iterator[Problem]:
    """Yield each role to assume that lies in another account than the one it opens."""
    for account in reading.accounts:
        way_in = account.get("access")
        node = way_in.get("assume_role") if way_in is not None else None
        arn, account_id = _arn(node), account.string_at("id")
        if node is not None and arn is not None and account_id and arn.account != account_id:
            message = f"this role is in the account {arn.account}, and the entry is for {quote(account_id)}"
            yield reading.tree.problem("other-account", node, message, "name a role in the account itself")


def check_partition(reading: Reading) -> Iterator[Problem]:
    """Yield each region where the platform's principal cannot be trusted."""
    if reading.profile is None:
        return
    principal = reading.profile.principal
    for account in reading.accounts:
        for node in (account.get("region"), *(cluster.get("region") for cluster in account.each("clusters"))):
            region = node.string() if node is not None else None
            if node is not None and region and partition_of(region) != principal.partition:
                message = f"{quote(region)} is in {partition_of(region)}, and {principal} cannot come from elsewhere"
                fix = f"use a platform profile whose principal is in {partition_of(region)}"
                yield reading.tree.problem("other-partition", node, message, fix)


def _arn(node: Node | None) -> Arn | None:
    text = node.string() if node is not None else None
    try:
        return Arn.parse(text) if text else None
    except InvalidInputError:
        return None
