"""The closed set of kinds: to add a kind is to add a class here, an adapter, and a clause in each export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.estate.address import Address
from leastway.estate.eks import AccessEntry, AccessPolicy, ClusterTag, NodegroupTag
from leastway.estate.iam import AccessKey, ManagedPolicy, Role, User
from leastway.estate.kubernetes import AwsAuthMapping, RbacBinding, RbacRole

__all__ = ["Estate", "EstateObject"]

EstateObject = (
    ManagedPolicy
    | User
    | Role
    | AccessKey
    | ClusterTag
    | NodegroupTag
    | RbacRole
    | RbacBinding
    | AccessEntry
    | AccessPolicy
    | AwsAuthMapping
)


@dataclass(frozen=True, slots=True)
class Estate:
    """The objects that must exist for one grant, each address once, in the order of making within each place."""

    grant: str
    objects: tuple[EstateObject, ...]

    @classmethod
    def of(cls, grant: str, objects: Iterable[EstateObject]) -> Estate:
        """Sort `objects`; two that claim one address are a LeastwayError unless they are equal."""
        by_address: dict[Address, EstateObject] = {}
        for candidate in objects:
            if by_address.setdefault(candidate.address, candidate) != candidate:
                raise LeastwayError("two parts of the grant claim the same object", where=str(candidate.address))
        return cls(grant, tuple(by_address[address] for address in sorted(by_address, key=lambda a: a.order)))

    def __iter__(self) -> Iterator[EstateObject]:
        return iter(self.objects)
