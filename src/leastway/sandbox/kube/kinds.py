"""The kinds that the server knows, one row each."""

from __future__ import annotations

from dataclasses import dataclass

from leastway.sandbox.kube.schema import fields
from leastway.sandbox.kube.schema.node import Record

__all__ = [
    "CONFIG_MAP",
    "GROUP_VERSIONS",
    "KINDS",
    "NAMESPACE",
    "RBAC",
    "SECRET",
    "Kind",
    "find_kind",
    "unknown_kind",
]

RBAC = "rbac.authorization.k8s.io"

STORED = ("create", "delete", "deletecollection", "get", "list", "patch", "update")
CREATED = ("create",)


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One resource type. `group` is empty for the core group; `verbs` are what it answers to."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    schema: Record
    short_names: tuple[str, ...] = ()
    verbs: tuple[str, ...] = STORED
    create_on_update: bool = False
    """Whether a PUT on a missing object creates it: so for RBAC, by its strategy."""
    returns_deleted: bool = False
    """Whether a deletion is answered with the object rather than a Status."""

    @property
    def qualified(self) -> str:
        """The plural with its group, as messages have it: `roles.rbac.authorization.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        """The name for one of them: `rolebinding`."""
        return self.kind.lower()

    @property
    def api_version(self) -> str:
        """`v1`, `rbac.authorization.k8s.io/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def is_rbac(self) -> bool:
        """Whether a write to it may widen someone's rights."""
        return self.group == RBAC

    @property
    def is_review(self) -> bool:
        """Whether it is a question, answered and not stored."""
        return self.verbs == CREATED


NAMESPACE = Kind("", "v1", "Namespace", "namespaces", False, fields.NAMESPACE, ("ns",), returns_deleted=True)
CONFIG_MAP = Kind("", "v1", "ConfigMap", "configmaps", True, fields.CONFIG_MAP, ("cm",))
SECRET = Kind("", "v1", "Secret", "secrets", True, fields.SECRET)

KINDS = (
    NAMESPACE,
    CONFIG_MAP,
    SECRET,
    Kind("", "v1", "ServiceAccount", "serviceaccounts", True, fields.SERVICE_ACCOUNT, ("sa",), returns_deleted=True),
    Kind("", "v1", "Pod", "pods", True, fields.POD, ("po",), returns_deleted=True),
    Kind("apps", "v1", "Deployment", "deployments", True, fields.DEPLOYMENT, ("deploy",)),
    Kind(RBAC, "v1", "Role", "roles", True, fields.ROLE, create_on_update=True),
    Kind(RBAC, "v1", "RoleBinding", "rolebindings", True, fields.ROLE_BINDING, create_on_update=True),
    Kind(RBAC, "v1", "ClusterRole", "clusterroles", False, fields.CLUSTER_ROLE, create_on_update=True),
    Kind(RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", False, fields.ROLE_BINDING, create_on_update=True),
    *(
        Kind("authorization.k8s.io", "v1", kind, kind.lower() + "s", namespaced, schema, verbs=CREATED)
        for kind, namespaced, schema in (
            ("SelfSubjectAccessReview", False, fields.SUBJECT_ACCESS_REVIEW),
            ("SubjectAccessReview", False, fields.SUBJECT_ACCESS_REVIEW),
            ("LocalSubjectAccessReview", True, fields.SUBJECT_ACCESS_REVIEW),
            ("SelfSubjectRulesReview", False, fields.SUBJECT_RULES_REVIEW),
        )
    ),
    *(
        Kind("authentication.k8s.io", "v1", kind, kind.lower() + "s", False, fields.TOKEN_REVIEW, verbs=CREATED)
        for kind in ("SelfSubjectReview", "TokenReview")
    ),
)

GROUP_VERSIONS = tuple(dict.fromkeys((kind.group, kind.version) for kind in KINDS))

_BY_NAME = {(kind.group, kind.version, kind.plural): kind for kind in KINDS}


def find_kind(group: str, version: str, plural: str) -> Kind | None:
    """Return the kind that a path names, or None."""
    return _BY_NAME.get((group, version, plural))


def unknown_kind(group: str, plural: str) -> Kind:
    """Return a kind that a message can name although the server does not hold it."""
    return Kind(group, "", "", plural, False, fields.CONFIG_MAP)
