"""The manifest of a role or binding.

Source: Kubernetes API reference, rbac.authorization.k8s.io/v1.
"""

from __future__ import annotations

from typing import Any

from leastway.estate.kubernetes import RbacBinding, RbacRole
from leastway.estate.marks import mark_labels
from leastway.estate.observed import Mark

__all__ = ["manifest"]

_GROUP = "rbac.authorization.k8s.io"


def manifest(wanted: RbacRole | RbacBinding, mark: Mark) -> dict[str, Any]:
    """Return the manifest of an object as JSON values, with its mark as labels."""
    metadata: dict[str, Any] = {"name": wanted.name, "labels": mark_labels(mark)}
    if wanted.namespace:
        metadata["namespace"] = wanted.namespace
    scope = "" if wanted.namespace else "Cluster"
    body: dict[str, Any] = {"apiVersion": f"{_GROUP}/v1"}
    if isinstance(wanted, RbacRole):
        rules = [rule.render() for rule in wanted.rules]
        return body | {"kind": f"{scope}Role", "metadata": metadata, "rules": rules}
    role_kind = "ClusterRole" if wanted.role_is_cluster_wide else "Role"
    return body | {
        "kind": f"{scope}RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": _GROUP, "kind": role_kind, "name": wanted.role},
        "subjects": [{"apiGroup": _GROUP, "kind": "Group", "name": wanted.group}],
    }
