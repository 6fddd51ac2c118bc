"""EKS access policies: what AWS lets a principal do in a cluster without any RBAC object.

Source: Amazon EKS User Guide, "Review access policy permissions". The policies for AWS's own components and for the
less common add-ons are not here: they allow nothing.
"""

from __future__ import annotations

import re

from leastway.sandbox.kube.authorization.rules import Attributes, KubeRule, allows
from leastway.sandbox.kube.authorization.tables import ALL, READ, READABLE, WRITABLE, row
from leastway.sandbox.kube.identity import AccessPolicyGrant, KubeUser

__all__ = ["access_policies_allow"]

_ADMIN_ONLY = (
    row("authorization.k8s.io", "localsubjectaccessreviews", ("create",)),
    row("rbac.authorization.k8s.io", "rolebindings roles", ALL),
)

_POLICIES: dict[str, tuple[KubeRule, ...]] = {
    "AmazonEKSClusterAdminPolicy": (row("*", "*", ("*",)), {"nonResourceURLs": ["*"], "verbs": ["*"]}),
    "AmazonEKSAdminPolicy": (*READABLE, *WRITABLE, *_ADMIN_ONLY),
    "AmazonEKSAdminViewPolicy": (row("*", "*", READ),),
    "AmazonEKSEditPolicy": (*READABLE, *WRITABLE),
    "AmazonEKSViewPolicy": READABLE,
    "AmazonEKSSecretReaderPolicy": (row("", "secrets", READ),),
}


def access_policies_allow(user: KubeUser, asked: Attributes) -> bool:
    """Say whether an access policy of the user's access entry allows what is `asked`."""
    return any(_in_scope(each, asked) and allows(_rules(each), asked) for each in user.access_policies)


def _rules(grant: AccessPolicyGrant) -> tuple[KubeRule, ...]:
    return _POLICIES.get(grant.policy.rsplit("/", 1)[-1], ())


def _in_scope(grant: AccessPolicyGrant, asked: Attributes) -> bool:
    if grant.scope == "cluster":
        return True
    return bool(asked.namespace) and any(_matches(pattern, asked.namespace) for pattern in grant.namespaces)


def _matches(pattern: str, namespace: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), namespace) is not None
