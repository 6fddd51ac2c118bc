"""The closed set of kinds. A new kind needs a class here, an adapter, and a clause in each export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.estate.address import Address
from leastway.estate.eks import AccessEntry, AccessPolicy, ClusterTag, NodegroupTag
from leastway.estate.iam import AccessKey, ManagedPolicy, Role, User
from leastway.estate.identity_provider import IdentityProvider
from leastway.estate.kubernetes import AwsAuthMapping, RbacBinding, RbacRole

__all__ = ["Estate", "EstateObject"]

EstateObject = (
    ManagedPolicy
    | User
    | IdentityProvider
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
    """The objects that must exist for a grant: each address once, within each place in the order of creation."""

    grant: str
    objects: tuple[EstateObject, ...]

    @classmethod
    def of(cls, grant: str, objects: Iterable[EstateObject]) -> Estate:
        """Return an estate of sorted `objects`. Errors: LeastwayError if two different ones have one address."""
        by_address: dict[Address, EstateObject] = {}
        for candidate in objects:
            if by_address.setdefault(candidate.address, candidate) != candidate:
                raise LeastwayError(
                    "two parts of the grant define the same object differently", where=str(candidate.address)
                )
        return cls(grant, tuple(by_address[address] for address in sorted(by_address, key=lambda a: a.order)))

    def __iter__(self) -> Iterator[EstateObject]:
        return iter(self.objects)
