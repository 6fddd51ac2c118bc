"""The kinds of Kubernetes objects: RBAC roles, RBAC bindings, and mappings of the aws-auth ConfigMap."""

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
    """A Role in `namespace`, or a ClusterRole if `namespace` is empty."""

    kind: ClassVar[Kind] = Kind.RBAC_ROLE

    place: Place
    namespace: str
    name: str
    rules: tuple[RbacRule, ...]

    @property
    def address(self) -> Address:
        """The address of the object."""
        return Address(self.place, self.kind, _scoped(self.namespace, self.name))


@dataclass(frozen=True, slots=True)
class RbacBinding:
    """A RoleBinding of one role to one group in `namespace`, or a ClusterRoleBinding if `namespace` is empty.

    `role_is_cluster_wide` is whether the bound role is a ClusterRole. The role of a binding cannot be changed.
    `other_subjects` are the other subjects of a live binding, as `User/jane` or `ServiceAccount/shop/robot`. The
    bindings of an estate have none, so that they appear as a difference.
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
        """The address of the object."""
        return Address(self.place, self.kind, _scoped(self.namespace, self.name))


@dataclass(frozen=True, slots=True)
class AwsAuthMapping:
    """One entry of mapRoles or mapUsers in `kube-system/aws-auth`.

    `arn` is the ARN of a user, or of a role without its path, as the authenticator compares them.
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
        """The address of the object; ARNs are compared without case."""
        return Address(self.place, self.kind, self.arn.lower())
