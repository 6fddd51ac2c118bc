"""The partition of each account of the sandbox, as set by its scenario; the default is `aws`."""

from __future__ import annotations

from collections.abc import MutableMapping

from leastway.primitives import Partition
from leastway.sandbox.process.engine import require

__all__ = ["PARTITIONS", "here", "partition_of"]

PARTITIONS: MutableMapping[str, Partition] = {}
"""By account. Part of the sandbox's state."""


def partition_of(account: str) -> Partition:
    """Return the partition of `account`."""
    return PARTITIONS.get(account, Partition.AWS)


def here() -> Partition:
    """Return the partition of the current request's account."""
    return partition_of(require("core.responses", "get_account_id")())
