"""A small Kubernetes API server in this process, one for each EKS cluster of the sandbox.

It answers what leastway asks, and nothing else; for kubectl and other clients there is the real kube-apiserver
(`real`), to whose answers the contract tests hold it. State is in memory. A cluster costs about 1 ms to start and 35
KiB. It has TLS with a CA of the cluster's own, bearer tokens, EKS access policies and RBAC, and these:
- Roles, RoleBindings, ClusterRoles, ClusterRoleBindings and ConfigMaps: get, list, create, update, apply, delete.
  Namespaces: get, list, create. A list comes whole, whatever its `limit`, or by one `label=value`.
- Server-side apply with field ownership, of an object that is there, by a field manager and with `force=true`.
- A merge patch, dry runs, and the preconditions of updates and deletions.
- SelfSubjectAccessReview, by which leastway asks what it may; SelfSubjectReview, by which tests ask who came in.
Bodies are JSON. Labels, annotations, names, the data of ConfigMaps, rules and references of RBAC are checked, and
nobody gives rights that she does not hold. Any other resource or path is not found (404) once it is allowed, any other
verb is 405, any other parameter of a query 400, any other media type 415.

What differs on purpose: a field that a kind does not have is dropped without a warning, an empty list or map counts
as one that was not sent, finalizers keep nothing, a PUT makes nothing, and there are no controllers: ClusterRoles are
not aggregated (`view`, `edit` and `admin` hold their rules directly). What was just written counts at once; a
kube-apiserver hears of its own RBAC objects a moment later. An accepted token is checked again with each request; a
kube-apiserver takes it for ten seconds more.
"""

from leastway.sandbox.kube.hook import KubeCall, RequestHook
from leastway.sandbox.kube.identity import (
    AccessPolicyGrant,
    Authenticator,
    AuthenticatorFactory,
    ConfigMapReader,
    KubeUser,
)
from leastway.sandbox.kube.real import RealKubeServer
from leastway.sandbox.kube.server import KubeServer, kube_server

__all__ = [
    "AccessPolicyGrant",
    "Authenticator",
    "AuthenticatorFactory",
    "ConfigMapReader",
    "KubeCall",
    "KubeServer",
    "KubeUser",
    "RealKubeServer",
    "RequestHook",
    "kube_server",
]
