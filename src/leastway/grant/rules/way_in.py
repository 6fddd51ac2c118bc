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
    from leastway.grant.yaml_node import Node

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
    """Yield each region where the platform's principal cannot be trusted, and each ARN of another partition."""
    for account in reading.accounts:
        region = account.string_at("region")
        for node in (account.get("region"), *(cluster.get("region") for cluster in account.each("clusters"))):
            yield from _region(reading, node)
        way_in = account.get("access")
        role_to_assume = way_in.get("assume_role") if way_in is not None else None
        policies = [node for role in account.each("roles") for node in role.each("policies")]
        for node in (role_to_assume, *policies):
            arn = _arn(node)
            if node is not None and arn is not None and region and arn.partition != partition_of(region):
                message = f"this ARN is of {arn.partition}, and {quote(region)} is in {partition_of(region)}"
                yield reading.tree.problem("other-partition", node, message, f"write arn:{partition_of(region)}:...")


def _region(reading: Reading, node: Node | None) -> Iterator[Problem]:
    region = node.string() if node is not None else None
    if node is None or not region or reading.profile is None:
        return
    principal, partition = reading.profile.principal, partition_of(region)
    if principal.partition != partition:
        message = f"{quote(region)} is in {partition}, and {principal} cannot come from elsewhere"
        fix = f"use a platform profile whose principal is in {partition}"
        yield reading.tree.problem("other-partition", node, message, fix)


def _arn(node: Node | None) -> Arn | None:
    """Return the ARN at `node`, if there is one: a policy may be a file, and what is no ARN is another rule's."""
    text = node.string() if node is not None else None
    try:
        return Arn.parse(text) if text and text.startswith("arn:") else None
    except InvalidInputError:
        return None
