"""The kinds of EKS objects: tags, access entries and associated access policies.

Source: EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries".
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from leastway.estate.address import Address, Kind, Place

__all__ = ["AccessEntry", "AccessPolicy", "AuthMode", "ClusterTag", "NodegroupTag"]


class AuthMode(enum.Enum):
    """The authentication mode of a cluster. EKS allows changing it only forward in this order."""

    CONFIG_MAP = "CONFIG_MAP"
    API_AND_CONFIG_MAP = "API_AND_CONFIG_MAP"
    API = "API"

    @property
    def has_entries(self) -> bool:
        """Whether EKS evaluates access entries in this mode."""
        return self is not AuthMode.CONFIG_MAP


@dataclass(frozen=True, slots=True)
class ClusterTag:
    """The tag of a cluster that the platform's policy requires; its value is compared exactly."""

    kind: ClassVar[Kind] = Kind.CLUSTER_TAG

    place: Place
    key: str
    value: str

    @property
    def address(self) -> Address:
        """The address of the object."""
        return Address(self.place, self.kind, self.key)


@dataclass(frozen=True, slots=True)
class NodegroupTag:
    """The same tag on a node group: eks:DescribeNodegroup is authorized on the node group, not the cluster."""

    kind: ClassVar[Kind] = Kind.NODEGROUP_TAG

    place: Place
    nodegroup: str
    key: str
    value: str

    @property
    def address(self) -> Address:
        """The address of the object."""
        return Address(self.place, self.kind, f"{self.nodegroup}/{self.key}")


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """A STANDARD access entry for one principal.

    `username` is empty if EKS may generate it; `groups` are Kubernetes groups. The principal and type of an entry
    cannot be changed; the other fields can.
    """

    kind: ClassVar[Kind] = Kind.ACCESS_ENTRY

    place: Place
    principal: str
    username: str = ""
    groups: frozenset[str] = frozenset()
    type: str = "STANDARD"

    @property
    def address(self) -> Address:
        """The address of the object."""
        return Address(self.place, self.kind, self.principal)


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """An EKS access policy associated with an access entry; without `namespaces`, for the whole cluster."""

    kind: ClassVar[Kind] = Kind.ACCESS_POLICY

    place: Place
    principal: str
    policy: str
    namespaces: frozenset[str] = frozenset()

    @property
    def address(self) -> Address:
        """The address of the object; an entry has each policy at most once."""
        return Address(self.place, self.kind, f"{self.principal}/{self.policy.rsplit('/', 1)[-1]}")
