"""Rule `other-partition`: an account and everything that the grant names for it must be in one partition.

Roles can be assumed, principals trusted and resources named only within a partition (IAM User Guide, "AWS JSON policy
elements: Principal"; AWS Fault Isolation Boundaries, "Partitions"). A policy file may name resources of several
partitions, because one text may be used in all of them; one that names nothing in the account's partition is a mistake.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.grant.model import PolicyFile
from leastway.grant.source import quote
from leastway.primitives import Arn, Partition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.policy import Document
    from leastway.source import Node

__all__ = ["check_partition"]


def check_partition(reading: GrantReading) -> Iterator[Problem]:
    """Yield each region, principal, ARN and policy file that is in a different partition than its account."""
    for account in reading.accounts:
        node, region = account.get("region"), account.string_at("region")
        if node is None or not region:
            continue
        elsewhere = list(_principal(reading, node, region))
        yield from elsewhere
        for cluster in account.each("clusters"):
            yield from _cluster(reading, cluster.get("region"), region)
        way_in = account.get("access")
        if way_in is not None:
            yield from _arn(reading, way_in.get("assume_role"), region)
        own = account.get("permissions_boundary")
        yield from _arn(reading, own or reading.tree.root.get("permissions_boundary"), region)
        for role in account.each("roles"):
            for policy in role.each("policies"):
                yield from _arn(reading, policy, region)
                if not elsewhere:  # otherwise the region or the platform is wrong
                    yield from _file(reading, policy, region)


def _principal(reading: GrantReading, node: Node, region: str) -> Iterator[Problem]:
    if reading.profile is None or reading.profile.principal is None:
        return
    principal, partition = reading.profile.principal, Partition.of_region(region)
    if principal.partition != partition:
        message = f"{quote(region)} is in {partition}, but {principal} is in {principal.partition}"
        fix = f"use a platform profile whose principal is in {partition}"
        yield reading.tree.problem("other-partition", node, message, fix)


def _cluster(reading: GrantReading, node: Node | None, region: str) -> Iterator[Problem]:
    own = node.string() if node is not None else None
    if node is None or not own:
        return
    partition = Partition.of_region(region)
    if (other := Partition.of_region(own)) != partition:
        message = f"{quote(own)} is in {other}, but the account is in {partition}, the partition of {quote(region)}"
        yield reading.tree.problem(
            "other-partition", node, message, "list the cluster under the account that it belongs to"
        )


def _arn(reading: GrantReading, node: Node | None, region: str) -> Iterator[Problem]:
    """Yield the ARN at `node` if it is in another partition; files and invalid ARNs are checked by other rules."""
    text = node.string() if node is not None else None
    if node is None or not text or not text.startswith("arn:"):
        return
    partition = Partition.of_region(region)
    try:
        found = Arn.parse(text).partition
    except InvalidInputError:
        return
    if found != partition:
        message = f"this ARN is in {found}, but {quote(region)} is in {partition}"
        yield reading.tree.problem("other-partition", node, message, f"write arn:{partition}:...")


def _file(reading: GrantReading, node: Node, region: str) -> Iterator[Problem]:
    name = node.string() or ""
    policy = reading.attachments.policy(name)
    if not isinstance(policy, PolicyFile):
        return
    partition, named = Partition.of_region(region), _partitions(policy.document)
    if named and not any(each in (partition, "*") for each in named):
        example = next(iter(named.values()))
        message = f"{quote(name)} names {quote(example)} but nothing in {partition}, the partition of {quote(region)}"
        yield reading.tree.problem("other-partition", node, message, f"write arn:{partition}:... in the file")


@functools.lru_cache(maxsize=256)
def _partitions(document: Document) -> dict[str, str]:
    """Return the partitions in the resources and conditions of a policy, each with an example ARN; `*` is any."""
    found: dict[str, str] = {}
    for statement in document.statements:
        texts = [*(statement.resources or ()), *(statement.not_resources or ())]
        texts += [value for _, _, values in statement.tests() for value in values]
        for text in texts:
            if text.startswith("arn:") and (partition := text.split(":", 2)[1]):
                found.setdefault("*" if "*" in partition or "?" in partition else partition, text)
    return found
