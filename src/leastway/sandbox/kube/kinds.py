"""The kinds that the server supports, one row each; all have version v1."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ACCESS_REVIEW",
    "CLUSTER_ROLE",
    "CLUSTER_ROLE_BINDING",
    "CONFIG_MAP",
    "KINDS",
    "NAMESPACE",
    "RBAC",
    "ROLE",
    "ROLE_BINDING",
    "SELF_REVIEW",
    "SUBJECT_REVIEW",
    "KubeKind",
]

RBAC = "rbac.authorization.k8s.io"
_STORED = ("create", "delete", "get", "list", "patch", "update")


@dataclass(frozen=True, slots=True, eq=False)
class KubeKind:
    """One resource type. `group` is empty for the core group; `verbs` are the supported verbs."""

    group: str
    kind: str
    plural: str
    namespaced: bool
    fields: tuple[str, ...]
    """The fields in addition to `apiVersion`, `kind` and `metadata`; others are dropped."""
    verbs: tuple[str, ...] = _STORED

    @property
    def qualified(self) -> str:
        """The plural with its group, as in messages: `roles.rbac.authorization.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """`v1`, `rbac.authorization.k8s.io/v1`."""
        return f"{self.group}/v1" if self.group else "v1"


_BINDING = ("subjects", "roleRef")
NAMESPACE = KubeKind("", "Namespace", "namespaces", False, ("spec", "status"), ("create", "get", "list"))
CONFIG_MAP = KubeKind("", "ConfigMap", "configmaps", True, ("data", "binaryData"))
ROLE = KubeKind(RBAC, "Role", "roles", True, ("rules",))
ROLE_BINDING = KubeKind(RBAC, "RoleBinding", "rolebindings", True, _BINDING)
CLUSTER_ROLE = KubeKind(RBAC, "ClusterRole", "clusterroles", False, ("rules", "aggregationRule"))
CLUSTER_ROLE_BINDING = KubeKind(RBAC, "ClusterRoleBinding", "clusterrolebindings", False, _BINDING)
ACCESS_REVIEW = KubeKind(
    "authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", False, ("spec",), ("create",)
)
SUBJECT_REVIEW = KubeKind(
    "authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", False, ("spec",), ("create",)
)
SELF_REVIEW = KubeKind("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", False, (), ("create",))

_REVIEWS = (ACCESS_REVIEW, SUBJECT_REVIEW, SELF_REVIEW)
_KINDS = (NAMESPACE, CONFIG_MAP, ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING, *_REVIEWS)
KINDS = {(kind.group, kind.plural): kind for kind in _KINDS}
"""By group and plural."""
