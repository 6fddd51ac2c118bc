"""The ClusterRoles and bindings that every cluster is born with, as far as people and tools use them.

Source: Kubernetes documentation, "Using RBAC Authorization", "Default roles and role bindings", and a kube-apiserver.
The roles of the control plane's components are not here, nor those for paths, which the small server does not have.
`view`, `edit` and `admin` hold their rules directly: no controller aggregates them.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.authorization.rules import KubeRule
from leastway.sandbox.kube.authorization.tables import ALL, CHANGE, READ, READABLE, WRITABLE, row
from leastway.sandbox.kube.kinds import RBAC

__all__ = ["BINDINGS", "ROLES"]

_LEASES = "coordination.k8s.io"

_CLAIMS = "resourceclaims resourceclaimtemplates"
_VIEW: tuple[KubeRule, ...] = (
    *READABLE,
    row("events.k8s.io", "events", READ),
    row("resource.k8s.io", f"{_CLAIMS} resourceclaims/status", READ),
)
_EDIT = (
    *_VIEW,
    *WRITABLE,
    row("events.k8s.io", "events", CHANGE),
    row("resource.k8s.io", _CLAIMS, CHANGE),
    row("", "pods/eviction serviceaccounts/token", ("create",)),
    row(_LEASES, "leases", CHANGE),
    row(_LEASES, "leases", READ),
)
_ADMIN = (
    *_EDIT,
    row("authorization.k8s.io", "localsubjectaccessreviews", ("create",)),
    row(RBAC, "rolebindings roles", ALL),
)

_RULES: dict[str, tuple[KubeRule, ...]] = {
    "cluster-admin": (row("*", "*", ("*",)), {"verbs": ["*"], "nonResourceURLs": ["*"]}),
    "admin": _ADMIN,
    "edit": _EDIT,
    "view": _VIEW,
    "system:basic-user": (
        row("authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews", ("create",)),
        row("authentication.k8s.io", "selfsubjectreviews", ("create",)),
    ),
}

_GROUPS = {
    "cluster-admin": ["system:masters"],
    "system:basic-user": ["system:authenticated"],
}

_METADATA = {
    "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
    "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
}


def _object(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": {"name": name, **_METADATA}, **fields}


ROLES: tuple[dict[str, Any], ...] = tuple(
    _object("ClusterRole", name, rules=list(rules)) for name, rules in _RULES.items()
)

BINDINGS: tuple[dict[str, Any], ...] = tuple(
    _object(
        "ClusterRoleBinding",
        role,
        subjects=[{"kind": "Group", "apiGroup": RBAC, "name": group} for group in groups],
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
    )
    for role, groups in _GROUPS.items()
)
