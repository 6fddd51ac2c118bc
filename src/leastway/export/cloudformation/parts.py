"""Which objects of an account go into which stack.

A stack lives in one region. IAM's objects may be made in any; an access entry is made in its cluster's. So the account
has one stack with IAM's objects and the entries of the region that has most of its clusters, and one more for each
other region that has entries.
"""

from __future__ import annotations

from dataclasses import dataclass

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    AwsAuthMapping,
    ClusterTag,
    EstateObject,
    ManagedPolicy,
    NodegroupTag,
    RbacBinding,
    RbacRole,
    Role,
    User,
)
from leastway.export.regions import home_region

__all__ = ["Part", "parts_of"]

StackObject = ManagedPolicy | User | Role | AccessEntry | AccessPolicy


@dataclass(frozen=True, slots=True)
class Part:
    """The objects of one stack, in the order of the estate; `is_home` where it has the account's IAM objects."""

    account: str
    region: str
    is_home: bool
    objects: tuple[StackObject, ...]


def parts_of(account: str, objects: tuple[EstateObject, ...]) -> tuple[tuple[Part, ...], tuple[EstateObject, ...]]:
    """Return the account's stacks, the one that comes first at the front, and what CloudFormation cannot make."""
    iam = tuple(each for each in objects if isinstance(each, ManagedPolicy | User | Role))
    entries = tuple(each for each in objects if isinstance(each, AccessEntry | AccessPolicy))
    rest = tuple(each for each in objects if isinstance(each, _BEYOND))
    home = home_region(objects)
    regions = sorted({each.place.region for each in entries} - {home})
    first = Part(account, home, True, iam + _in(home, entries))
    others = (Part(account, region, False, _in(region, entries)) for region in regions)
    return tuple(part for part in (first, *others) if part.objects), rest


_BEYOND = (ClusterTag, NodegroupTag, AccessKey, AwsAuthMapping, RbacRole, RbacBinding)
"""Tags of what a stack did not make, a secret that outputs would show, and everything inside of a cluster."""


def _in(region: str, entries: tuple[AccessEntry | AccessPolicy, ...]) -> tuple[AccessEntry | AccessPolicy, ...]:
    return tuple(each for each in entries if each.place.region == region)
