"""A small in-process Kubernetes API server, one for each EKS cluster of the sandbox.

It implements only the requests that leastway makes; for kubectl and other clients there is the real kube-apiserver
(`real`), and contract tests compare the small server with it. State is in memory. A cluster takes about 1 ms to start
and 35 KiB. It has TLS with its own CA for each cluster, bearer tokens, EKS access policies, RBAC, and:
- Roles, RoleBindings, ClusterRoles, ClusterRoleBindings and ConfigMaps: get, list, create, update, apply, delete.
  Namespaces: get, list, create. A list is always complete, whatever its `limit`, or selected by one `label=value`.
- Server-side apply with field ownership, of an existing object, with a field manager and `force=true`.
- Dry run, and the preconditions of updates and deletions.
- SelfSubjectAccessReview, with which leastway checks its permissions; SubjectAccessReview, about another user;
  SelfSubjectReview, with which tests check who was authenticated.
Bodies are JSON. Labels, annotations, names and the data of ConfigMaps are checked, and users cannot give rights that
they do not have. Any other resource or path is 404 once it is allowed, any other verb is 405, any other query parameter
400, and any other media type 415.

Intended differences: what leastway never sends is not refused, such as a rule without verbs or a body of another object
than the path; an unknown field is dropped without a warning, an empty list or map counts as not sent, finalizers have
no effect, PUT does not create, and there are no controllers: ClusterRoles are not aggregated (`view`, `edit` and
`admin` have their rules directly). A write to RBAC takes effect at once; a kube-apiserver needs a moment. An accepted
token is checked again for each request; a kube-apiserver caches it for ten seconds.
"""

from leastway.sandbox.kube.outside import (
    AccessPolicyGrant,
    Authenticator,
    AuthenticatorFactory,
    ConfigMapReader,
    KubeCall,
    KubeUser,
    RequestHook,
)
from leastway.sandbox.kube.real import RealKubeServer
from leastway.sandbox.kube.server import KubeServer

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
]
