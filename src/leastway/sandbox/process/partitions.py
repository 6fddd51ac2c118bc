"""Which partition each account of the sandbox is in, as its scenario says; all others are in `aws`."""

from __future__ import annotations

from collections.abc import MutableMapping

from leastway.primitives import Partition
from leastway.sandbox.process.engine import require

__all__ = ["PARTITIONS", "here", "partition_of"]

PARTITIONS: MutableMapping[str, Partition] = {}
"""By account; a part of the sandbox's state."""


def partition_of(account: str) -> Partition:
    """Return the partition that `account` is in."""
    return PARTITIONS.get(account, Partition.AWS)


def here() -> Partition:
    """Return the partition of the account that the present request is made in."""
    return partition_of(require("core.responses", "get_account_id")())
