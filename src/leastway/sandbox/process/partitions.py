"""The partition of each account of the sandbox, as set by its scenario; the default is `aws`.

ministack has ARNs of `aws` only: see `gaps.partitions`.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping

from leastway.primitives import Partition
from leastway.sandbox.process.engine import require

__all__ = ["PARTITIONS", "here", "partition_of", "swapped"]

PARTITIONS: MutableMapping[str, Partition] = {}
"""By account. Part of the sandbox's state."""

_ARN = re.compile(r"arn(:|%3[Aa])(aws[a-z-]*)\1")


def partition_of(account: str) -> Partition:
    """Return the partition of `account`."""
    return PARTITIONS.get(account, Partition.AWS)


def here() -> Partition:
    """Return the partition of the current request's account."""
    return partition_of(require("core.responses", "get_account_id")())


def swapped(partition: Partition, text: str) -> str:
    """Return a text in which ARNs of `partition` are ARNs of `aws`, and the other way around; also if URL-encoded."""
    if partition is Partition.AWS:
        return text
    other = {partition.value: Partition.AWS.value, Partition.AWS.value: partition.value}
    return _ARN.sub(lambda arn: f"arn{arn[1]}{other.get(arn[2], arn[2])}{arn[1]}", text)
