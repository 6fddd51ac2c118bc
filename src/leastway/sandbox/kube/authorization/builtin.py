"""The ClusterRoles and bindings of every new cluster, as far as people and tools use them, and EKS access policies.

Their rules are in `data/kubernetes-rules.json`, by role: rows of API group, resources and verbs, and names of lists
that are included. The same table has the rules of the access policies, which use the same lists: the permissions that
AWS gives a principal in a cluster without an RBAC object. Those for AWS's own components and for less common add-ons
are missing from it: they allow nothing.
Source: Kubernetes documentation, "Using RBAC Authorization", "Default roles and role bindings", and a kube-apiserver;
Amazon EKS User Guide, "Review access policy permissions".
Left out are the roles of control plane components and roles for non-resource paths, which the small server does not
have. `view`, `edit` and `admin` have their rules directly: no controller aggregates them.
"""

from __future__ import annotations

import functools
import json
import re
from importlib import resources
from typing import Any

from leastway.sandbox.kube.authorization.rules import Attributes, KubeRule, allows
from leastway.sandbox.kube.kinds import RBAC
from leastway.sandbox.kube.outside import AccessPolicyGrant, KubeUser

__all__ = ["BINDINGS", "ROLES", "access_policies_allow"]

_READ = ["get", "list", "watch"]
_CHANGE = ["create", "delete", "deletecollection", "patch", "update"]
_VERBS = {"read": _READ, "change": _CHANGE, "all": sorted(_CHANGE + _READ)}
_TABLE = json.loads(resources.files("leastway.sandbox").joinpath("data/kubernetes-rules.json").read_text())


@functools.cache
def _rules(name: str) -> list[KubeRule]:
    """Return the rules of a role or an access policy; empty if it is not in the table."""
    found: list[KubeRule] = []
    for each in _TABLE.get(name, ()):
        match each:
            case str():
                found += _rules(each)
            case [group, plurals, verbs]:
                listed = _VERBS.get(verbs, verbs.split())
                found.append({"apiGroups": [group], "resources": plurals.split(), "verbs": listed})
            case _:
                found.append(each)
    return found


_ROLES = ("cluster-admin", "admin", "edit", "view", "system:basic-user")
_GROUPS = {
    "cluster-admin": "system:masters",
    "system:basic-user": "system:authenticated",
}
_METADATA = {
    "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
    "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
}


def _object(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": {"name": name, **_METADATA}, **fields}


ROLES = tuple(_object("ClusterRole", name, rules=_rules(name)) for name in _ROLES)
BINDINGS = tuple(
    _object(
        "ClusterRoleBinding",
        role,
        subjects=[{"kind": "Group", "apiGroup": RBAC, "name": group}],
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
    )
    for role, group in _GROUPS.items()
)


def access_policies_allow(user: KubeUser, asked: Attributes) -> bool:
    """Return whether an access policy of the user's access entry allows `asked`."""
    return any(
        _in_scope(each, asked) and allows(_rules(each.policy.rpartition("/")[2]), asked)
        for each in user.access_policies
    )


def _in_scope(grant: AccessPolicyGrant, asked: Attributes) -> bool:
    if grant.scope == "cluster":
        return True
    return bool(asked.namespace) and any(_matches(pattern, asked.namespace) for pattern in grant.namespaces)


def _matches(pattern: str, namespace: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), namespace) is not None
