"""The EKS objects: tags, access entry, and the association of an access policy.

Source: EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries".
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from leastway.estate.address import Address, Kind, Place

__all__ = ["AccessEntry", "AccessPolicy", "AuthMode", "ClusterTag", "NodegroupTag"]


class AuthMode(enum.Enum):
    """A cluster's authentication mode; it moves only from the first to the last, and never by itself."""

    CONFIG_MAP = "CONFIG_MAP"
    API_AND_CONFIG_MAP = "API_AND_CONFIG_MAP"
    API = "API"

    @property
    def has_entries(self) -> bool:
        """Whether access entries are asked at all."""
        return self is not AuthMode.CONFIG_MAP


@dataclass(frozen=True, slots=True)
class ClusterTag:
    """The tag that opens a cluster to the platform's policy; the value is compared to the letter."""

    kind: ClassVar[Kind] = Kind.CLUSTER_TAG

    place: Place
    key: str
    value: str

    @property
    def address(self) -> Address:
        """Where it lives."""
        return Address(self.place, self.kind, self.key)


@dataclass(frozen=True, slots=True)
class NodegroupTag:
    """The same tag on one node group: eks:DescribeNodegroup is decided on the node group and not on its cluster."""

    kind: ClassVar[Kind] = Kind.NODEGROUP_TAG

    place: Place
    nodegroup: str
    key: str
    value: str

    @property
    def address(self) -> Address:
        """Where it lives."""
        return Address(self.place, self.kind, f"{self.nodegroup}/{self.key}")


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """A STANDARD access entry for one principal.

    `username` is empty where EKS may generate it; `groups` are Kubernetes groups. The principal and the type of an
    entry can never change; the rest can.
    """

    kind: ClassVar[Kind] = Kind.ACCESS_ENTRY

    place: Place
    principal: str
    username: str = ""
    groups: frozenset[str] = frozenset()
    type: str = "STANDARD"

    @property
    def address(self) -> Address:
        """Where it lives."""
        return Address(self.place, self.kind, self.principal)


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """An EKS access policy associated with an entry; no `namespaces` means the whole cluster."""

    kind: ClassVar[Kind] = Kind.ACCESS_POLICY

    place: Place
    principal: str
    policy: str
    namespaces: frozenset[str] = frozenset()

    @property
    def address(self) -> Address:
        """Where it lives: an entry holds each policy once."""
        return Address(self.place, self.kind, f"{self.principal}/{self.policy.rsplit('/', 1)[-1]}")
