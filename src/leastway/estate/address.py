"""The address of an object: its place, its kind and its name."""

from __future__ import annotations

import enum
from typing import NamedTuple

__all__ = ["Address", "Kind", "Place", "Realm"]


class Realm(enum.Enum):
    """The API that serves a kind; each has its own connection."""

    IAM = "iam"
    EKS = "eks"
    KUBERNETES = "kubernetes"


class Kind(enum.Enum):
    """The kinds of object, in the order in which they are created; they are removed in reverse order."""

    MANAGED_POLICY = "managed-policy"
    USER = "user"
    IDENTITY_PROVIDER = "identity-provider"
    ROLE = "role"
    ACCESS_KEY = "access-key"
    CLUSTER_TAG = "cluster-tag"
    NODEGROUP_TAG = "nodegroup-tag"
    RBAC_ROLE = "rbac-role"
    RBAC_BINDING = "rbac-binding"
    ACCESS_ENTRY = "access-entry"
    ACCESS_POLICY = "access-policy"
    AWS_AUTH_MAPPING = "aws-auth-mapping"

    __hash__ = object.__hash__  # Enum has its own in Python, which is slow: addresses are keys of every lookup

    @property
    def realm(self) -> Realm:
        """The API that serves this kind."""
        return _REALMS[self]

    @property
    def rank(self) -> int:
        """The position of the kind in the order of creation, from 0."""
        return _RANKS[self]


_REALMS = {
    Kind.MANAGED_POLICY: Realm.IAM,
    Kind.USER: Realm.IAM,
    Kind.IDENTITY_PROVIDER: Realm.IAM,
    Kind.ROLE: Realm.IAM,
    Kind.ACCESS_KEY: Realm.IAM,
    Kind.CLUSTER_TAG: Realm.EKS,
    Kind.NODEGROUP_TAG: Realm.EKS,
    Kind.RBAC_ROLE: Realm.KUBERNETES,
    Kind.RBAC_BINDING: Realm.KUBERNETES,
    Kind.ACCESS_ENTRY: Realm.EKS,
    Kind.ACCESS_POLICY: Realm.EKS,
    Kind.AWS_AUTH_MAPPING: Realm.KUBERNETES,
}
_RANKS = {kind: rank for rank, kind in enumerate(Kind)}


class Place(NamedTuple):
    """An account, or one of its clusters; `region` and `cluster` are empty for the account itself."""

    account: str
    region: str = ""
    cluster: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


class Address(NamedTuple):
    """The unique name of an object across all places.

    It is printed as `111122223333/role/humanitec-s3` or `111122223333/eu-central-1/prod/access-entry/arn:aws:...`.
    """

    place: Place
    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.place}/{self.kind.value}/{self.name}"

    @property
    def order(self) -> tuple[Place, int, str]:
        """The sort key: by place, then by the order of creation."""
        return (self.place, self.kind.rank, self.name)
