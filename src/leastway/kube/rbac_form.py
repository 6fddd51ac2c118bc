"""RBAC roles and bindings as JSON and as estate objects, and their paths in the API.

Source: Kubernetes API reference, rbac.authorization.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from leastway.estate import Address, Kind, Place, RbacBinding, RbacRole
from leastway.kube.reading import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE_BINDING, ROLES, ApiKind
from leastway.rbac import RbacRule

__all__ = ["COLLECTIONS", "Collection", "binding_of", "collection_of", "role_of", "subjects_of"]

_API = "/apis/rbac.authorization.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Collection:
    """One of the four RBAC resources."""

    plural: str
    resource: ApiKind
    kind: Kind

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of all objects, of those in a namespace, or of one."""
        scope = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        one = f"/{quote(name, safe='')}" if name else ""
        return f"{_API}{scope}/{self.plural}{one}"

    def address(self, place: Place, live: Mapping[str, Any]) -> Address:
        """Return the address of an object of this collection as the API server returned it."""
        metadata = live["metadata"]
        namespace = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
        return Address(place, self.kind, namespace + metadata["name"])


_ROLES = Collection("roles", ROLES, Kind.RBAC_ROLE)
_CLUSTER_ROLES = Collection("clusterroles", CLUSTER_ROLE, Kind.RBAC_ROLE)
_BINDINGS = Collection("rolebindings", ROLE_BINDING, Kind.RBAC_BINDING)
_CLUSTER_BINDINGS = Collection("clusterrolebindings", CLUSTER_ROLE_BINDING, Kind.RBAC_BINDING)

COLLECTIONS = (_ROLES, _CLUSTER_ROLES, _BINDINGS, _CLUSTER_BINDINGS)
"""All four, roles before bindings."""


def collection_of(candidate: RbacRole | RbacBinding) -> Collection:
    """Return the collection of an object."""
    if isinstance(candidate, RbacRole):
        return _ROLES if candidate.namespace else _CLUSTER_ROLES
    return _BINDINGS if candidate.namespace else _CLUSTER_BINDINGS


def role_of(live: Mapping[str, Any], place: Place) -> RbacRole:
    """Read a Role or ClusterRole."""
    metadata = live["metadata"]
    rules = tuple(map(RbacRule.parse, live.get("rules") or ()))
    return RbacRole(place, metadata.get("namespace", ""), metadata["name"], rules)


def binding_of(live: Mapping[str, Any], place: Place, group: str) -> RbacBinding:
    """Read a RoleBinding or ClusterRoleBinding; `group` is the expected group among its subjects."""
    metadata, role = live["metadata"], live["roleRef"]
    subjects = live.get("subjects") or ()
    groups = sorted(subject["name"] for subject in subjects if subject["kind"] == "Group")
    bound = group if group in groups else next(iter(groups), "")
    others = subjects_of(live) - {f"Group/{bound}"}
    return RbacBinding(
        place,
        metadata.get("namespace", ""),
        metadata["name"],
        role["name"],
        role["kind"] == "ClusterRole",
        bound,
        others,
    )


def subjects_of(live: Mapping[str, Any]) -> frozenset[str]:
    """Return the subjects of a binding: `Group/humanitec`, `User/jane`, `ServiceAccount/shop/robot`."""
    return frozenset(
        "/".join(part for part in (subject["kind"], subject.get("namespace", ""), subject["name"]) if part)
        for subject in live.get("subjects") or ()
    )
