"""Divide the objects of an account into stacks.

A stack is in one region. IAM objects can be created from any region, an access entry only in the region of its cluster.
So an account has one stack with the IAM objects and the entries of the region with most of its clusters, and another
one for each other region with entries.
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
    IdentityProvider,
    ManagedPolicy,
    NodegroupTag,
    RbacBinding,
    RbacRole,
    Role,
    User,
)
from leastway.export.regions import home_region

__all__ = ["Part", "parts_of"]

StackObject = ManagedPolicy | User | IdentityProvider | Role | AccessEntry | AccessPolicy


@dataclass(frozen=True, slots=True)
class Part:
    """The objects of one stack, in the order of the estate; `is_home` if it has the account's IAM objects."""

    account: str
    region: str
    is_home: bool
    objects: tuple[StackObject, ...]


def parts_of(account: str, objects: tuple[EstateObject, ...]) -> tuple[tuple[Part, ...], tuple[EstateObject, ...]]:
    """Return the account's stacks, in deployment order, and the objects that CloudFormation cannot create."""
    iam = tuple(each for each in objects if isinstance(each, ManagedPolicy | User | IdentityProvider | Role))
    entries = tuple(each for each in objects if isinstance(each, AccessEntry | AccessPolicy))
    rest = tuple(each for each in objects if isinstance(each, _BEYOND))
    home = home_region(objects)
    regions = sorted({each.place.region for each in entries} - {home})
    first = Part(account, home, True, iam + _in(home, entries))
    others = (Part(account, region, False, _in(region, entries)) for region in regions)
    return tuple(part for part in (first, *others) if part.objects), rest


_BEYOND = (ClusterTag, NodegroupTag, AccessKey, AwsAuthMapping, RbacRole, RbacBinding)
"""Tags on resources outside the stack, a secret that outputs would show, and everything inside a cluster."""


def _in(region: str, entries: tuple[AccessEntry | AccessPolicy, ...]) -> tuple[AccessEntry | AccessPolicy, ...]:
    return tuple(each for each in entries if each.place.region == region)
