"""The Kubernetes objects: RBAC roles and bindings, and one mapping of the aws-auth ConfigMap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from leastway.estate.address import Address, Kind, Place
from leastway.rbac import RbacRule

__all__ = ["AwsAuthMapping", "RbacBinding", "RbacRole"]


def _scoped(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


@dataclass(frozen=True, slots=True)
class RbacRole:
    """A Role in `namespace`, or a ClusterRole where that is empty."""

    kind: ClassVar[Kind] = Kind.RBAC_ROLE

    place: Place
    namespace: str
    name: str
    rules: tuple[RbacRule, ...]

    @property
    def address(self) -> Address:
        """Where it lives."""
        return Address(self.place, self.kind, _scoped(self.namespace, self.name))


@dataclass(frozen=True, slots=True)
class RbacBinding:
    """A RoleBinding in `namespace`, or a ClusterRoleBinding where that is empty, of one role to one group.

    `role_is_cluster_wide` says that the role bound is a ClusterRole. The role of a binding can never change.
    `other_subjects` are whoever else a live binding lets in, as `User/jane` or `ServiceAccount/shop/robot`: an estate's
    own binding has none, so that they show as a difference.
    """

    kind: ClassVar[Kind] = Kind.RBAC_BINDING

    place: Place
    namespace: str
    name: str
    role: str
    role_is_cluster_wide: bool
    group: str
    other_subjects: frozenset[str] = frozenset()

    @property
    def address(self) -> Address:
        """Where it lives."""
        return Address(self.place, self.kind, _scoped(self.namespace, self.name))


@dataclass(frozen=True, slots=True)
class AwsAuthMapping:
    """One entry of mapRoles or mapUsers in `kube-system/aws-auth`.

    `arn` is a user's ARN, or a role's without its path, as the authenticator compares them.
    """

    kind: ClassVar[Kind] = Kind.AWS_AUTH_MAPPING

    place: Place
    arn: str
    username: str
    groups: frozenset[str]

    @property
    def section(self) -> str:
        """The key of the ConfigMap: `mapRoles` or `mapUsers`."""
        return "mapRoles" if ":role/" in self.arn else "mapUsers"

    @property
    def address(self) -> Address:
        """Where it lives; ARNs are compared without case."""
        return Address(self.place, self.kind, self.arn.lower())
