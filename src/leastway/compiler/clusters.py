"""Compile one cluster of a grant into its objects, according to the cluster's authentication mode.

With access entries (API, API_AND_CONFIG_MAP): the entry, then its access policies; a group needs a role and a binding.
With only the aws-auth ConfigMap (CONFIG_MAP): one mapping; an access policy becomes a binding to the role of that name
that Kubernetes has (view, edit, admin, cluster-admin), the closest equivalent. A cluster's mode is never changed.
Source: EKS User Guide, "Review access policy permissions"; Kubernetes, "User-facing roles".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from leastway.errors import InvalidInputError
from leastway.estate import (
    AccessEntry,
    AccessPolicy,
    AwsAuthMapping,
    ClusterFacts,
    ClusterTag,
    EstateObject,
    NodegroupTag,
    Place,
    RbacBinding,
    RbacRole,
)
from leastway.grant import AccessPolicyName, Cluster, GroupAccess, PolicyAccess, Profile
from leastway.primitives import Arn
from leastway.rbac import is_reserved_group

__all__ = ["cluster_objects"]

_EKS_POLICIES = {
    AccessPolicyName.VIEW: "AmazonEKSViewPolicy",
    AccessPolicyName.EDIT: "AmazonEKSEditPolicy",
    AccessPolicyName.ADMIN: "AmazonEKSAdminPolicy",
    AccessPolicyName.CLUSTER_ADMIN: "AmazonEKSClusterAdminPolicy",
}


def cluster_objects(cluster: Cluster, facts: ClusterFacts, principal: Arn, profile: Profile) -> Iterator[EstateObject]:
    """Yield the objects that give `principal` access to one cluster, and no more than the grant allows."""
    place = facts.place
    key, value = profile.cluster_tag
    yield ClusterTag(place, key, value)
    for nodegroup in facts.nodegroups:
        yield NodegroupTag(place, nodegroup, key, value)
    if facts.mode.has_entries:
        yield from _entry(cluster, place, principal, profile)
    else:
        yield from _mapping(cluster, place, principal, profile)
    for access in cluster.access:
        if isinstance(access, GroupAccess):
            yield from _group_rights(access, place)


def _entry(cluster: Cluster, place: Place, principal: Arn, profile: Profile) -> Iterator[EstateObject]:
    groups = frozenset(access.group for access in cluster.access if isinstance(access, GroupAccess))
    if reserved := sorted(group for group in groups if is_reserved_group(group)):
        raise InvalidInputError(
            f"access entries do not accept groups that begin with system:, such as {reserved[0]!r}",
            where=str(place),
            fix="use {policy: cluster-admin} with its reason, or a group of your own with rules",
        )
    username = profile.kubernetes_username if groups else ""
    yield AccessEntry(place, str(principal), username, groups)
    scopes: dict[str, set[str]] = defaultdict(set)
    whole_cluster: set[str] = set()
    for access in cluster.access:
        if isinstance(access, PolicyAccess):
            arn = f"arn:{principal.partition}:eks::aws:cluster-access-policy/{_EKS_POLICIES[access.policy]}"
            scopes[arn].update(access.namespaces)
            if access.cluster_wide:
                whole_cluster.add(arn)
    for policy, namespaces in scopes.items():
        yield AccessPolicy(
            place, str(principal), policy, frozenset() if policy in whole_cluster else frozenset(namespaces)
        )


def _mapping(cluster: Cluster, place: Place, principal: Arn, profile: Profile) -> Iterator[EstateObject]:
    arn = principal.without_path() if principal.resource_type == "role" else principal
    groups = frozenset(_group_of(access, profile) for access in cluster.access)
    yield AwsAuthMapping(place, str(arn), profile.kubernetes_username, groups)
    for access in cluster.access:
        if isinstance(access, PolicyAccess):
            group, role = _group_of(access, profile), access.policy.value
            for namespace in _plain_namespaces(access, place):
                yield RbacBinding(place, namespace, group, role, role_is_cluster_wide=True, group=group)


def _group_of(access: PolicyAccess | GroupAccess, profile: Profile) -> str:
    if isinstance(access, GroupAccess):
        return access.group
    return f"{profile.kubernetes_group}-{access.policy.value}"


def _plain_namespaces(access: PolicyAccess, place: Place) -> tuple[str, ...]:
    """Return the namespaces to bind in; the empty one stands for the whole cluster.

    InvalidInputError for a pattern: RBAC has none, only access entries have.
    """
    if access.cluster_wide:
        return ("",)
    patterns = [namespace for namespace in access.namespaces if "*" in namespace]
    if patterns:
        raise InvalidInputError(
            f"the cluster uses only aws-auth, and only access entries support patterns such as {patterns[0]!r}",
            where=str(place),
            fix="name the namespaces, or change the cluster to API_AND_CONFIG_MAP (leastway never changes the mode)",
        )
    return access.namespaces


def _group_rights(access: GroupAccess, place: Place) -> Iterator[EstateObject]:
    """Yield the role and the binding of a group."""
    for namespace in ("",) if access.cluster_wide else access.namespaces:
        yield RbacRole(place, namespace, access.group, access.rules.rules)
        yield RbacBinding(
            place, namespace, access.group, access.group, role_is_cluster_wide=not namespace, group=access.group
        )
