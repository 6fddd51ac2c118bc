"""A small Kubernetes API server in this process, one for each EKS cluster of the sandbox.

It answers kubectl and the client libraries: TLS with a CA of the cluster's own, bearer tokens, EKS access policies and
RBAC, discovery, create, get, list, update, four kinds of patch with field ownership, delete, dry runs, and reviews of
authorization and authentication. State is in memory. A cluster costs about 1 ms to start and 35 KiB.

The contract tests hold it against a real kube-apiserver (`real`). Where it differs on purpose:
- Kinds: namespaces, configmaps, secrets, serviceaccounts, pods, deployments, roles, rolebindings, clusterroles,
  clusterrolebindings, and the reviews. Of pods and deployments most fields are kept as they come, without defaults
  or validation, and nothing runs them. No subresources (`status`, `scale`, `log`, `exec`, `token`), no service
  account tokens, no events, no custom resources.
- No watch (405), no pages (`limit` is ignored and a list comes whole), no tables, no protobuf answers, no
  compression, HTTP/1.1 only. Discovery is not aggregated, and OpenAPI says no more than kubectl needs.
- No controllers: a deleted namespace is gone at once with all that is in it (a kube-apiserver keeps it until its
  controller has emptied it), there is no `default` service account, ClusterRoles are not aggregated (`view`, `edit`
  and `admin` hold their rules directly), and owner references delete nothing.
- What was just written counts at once; a kube-apiserver hears of its own RBAC objects a moment later. An accepted
  token is checked again with each request; a kube-apiserver takes it for ten seconds more.
- An update that brings its own `managedFields` does not change them; ownership of `stringData` in an apply is kept
  by its own name only. The order of merged lists may differ, and so may the wording of some refusals.
- A path of an unknown API group answers a Status rather than plain text.
"""

from leastway.sandbox.kube.choice import kube_server
from leastway.sandbox.kube.hook import KubeCall, RequestHook
from leastway.sandbox.kube.identity import (
    AccessPolicyGrant,
    Authenticator,
    AuthenticatorFactory,
    ConfigMapReader,
    User,
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
    "RealKubeServer",
    "RequestHook",
    "User",
    "kube_server",
]
