"""The region in which an account's objects are made that need no region of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from leastway.estate import AccessKey, EstateObject, ManagedPolicy, Role, User

__all__ = ["home_region"]

_OF_THE_ACCOUNT = (ManagedPolicy, User, Role, AccessKey)
_ANY_REGION = "us-east-1"
"""For an account without clusters: where IAM itself is at home."""


def home_region(objects: Iterable[EstateObject]) -> str:
    """Return the region that has most of an account's clusters; of several, the first by name."""
    clusters = {each.place for each in objects if not isinstance(each, _OF_THE_ACCOUNT)}
    counted = Counter(place.region for place in clusters)
    return min(counted, key=lambda region: (-counted[region], region), default=_ANY_REGION)
