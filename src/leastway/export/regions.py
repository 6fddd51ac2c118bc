"""The home region of an account, for objects that have no region of their own, and the host of its console."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from leastway.estate import AccessKey, EstateObject, IdentityProvider, ManagedPolicy, Role, User
from leastway.primitives import Partition

__all__ = ["console", "home_region"]

_OF_THE_ACCOUNT = (ManagedPolicy, User, IdentityProvider, Role, AccessKey)
_CONSOLES = {
    Partition.AWS: "{region}.console.aws.amazon.com",
    Partition.CHINA: "{region}.console.amazonaws.cn",
    Partition.GOVCLOUD: "{region}.console.amazonaws-us-gov.com",
}
"""Source: Amazon ECS Developer Guide, "Retrieving Amazon ECS-optimized AMI metadata", which links to each region's. For
the other partitions, no host is published."""


def home_region(objects: Iterable[EstateObject]) -> str:
    """Return the region with most of an account's clusters; of several, the first by name.

    For an account without clusters, return the home region of IAM in the account's partition.
    """
    there = tuple(objects)
    clusters = {each.place for each in there if not isinstance(each, _OF_THE_ACCOUNT)}
    counted = Counter(place.region for place in clusters)
    if not counted:
        partitions = (each.partition for each in there if isinstance(each, ManagedPolicy | User | Role))
        return Partition(next(partitions, Partition.AWS)).home_region
    return min(counted, key=lambda region: (-counted[region], region))


def console(region: str) -> str | None:
    """Return the host of the console for `region`, or None if none is published."""
    host = _CONSOLES.get(Partition.of_region(region))
    return host.format(region=region) if host else None
