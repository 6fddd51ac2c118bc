"""The ClusterRoles and bindings of every new cluster, as far as people and tools use them.

Their rules are in `data/kubernetes-rules.json`, by role: rows of API group, resources and verbs, and names of lists
that are included. The same table has the rules of the EKS access policies, which use the same lists.
Source: Kubernetes documentation, "Using RBAC Authorization", "Default roles and role bindings", and a kube-apiserver;
Amazon EKS User Guide, "Review access policy permissions".
Left out are the roles of control plane components and roles for non-resource paths, which the small server does not
have. `view`, `edit` and `admin` have their rules directly: no controller aggregates them.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from leastway.sandbox.kube.authorization.rules import KubeRule
from leastway.sandbox.kube.kinds import RBAC

__all__ = ["BINDINGS", "ROLES", "rules_of"]

_READ = ["get", "list", "watch"]
_CHANGE = ["create", "delete", "deletecollection", "patch", "update"]
_VERBS = {"read": _READ, "change": _CHANGE, "all": sorted(_CHANGE + _READ)}
_TABLE = json.loads(resources.files("leastway.sandbox").joinpath("data/kubernetes-rules.json").read_text())


def rules_of(name: str) -> list[KubeRule]:
    """Return the rules of a role or an access policy; empty if it is not in the table."""
    found: list[KubeRule] = []
    for each in _TABLE.get(name, ()):
        match each:
            case str():
                found += rules_of(each)
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


ROLES = tuple(_object("ClusterRole", name, rules=rules_of(name)) for name in _ROLES)
BINDINGS = tuple(
    _object(
        "ClusterRoleBinding",
        role,
        subjects=[{"kind": "Group", "apiGroup": RBAC, "name": group}],
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
    )
    for role, group in _GROUPS.items()
)
