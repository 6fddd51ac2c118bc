"""What the connected principal may do, according to the API server.

A SelfSubjectAccessReview asks every authorizer, including EKS access policies; `kubectl auth can-i --list` and `--as`
ask only RBAC.
Source: Kubernetes API reference, SelfSubjectAccessReview.
"""

from __future__ import annotations

from leastway.kube.connection import Connection, Json
from leastway.kube.reading import SELF_REVIEW, checked

__all__ = ["can"]

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def can(connection: Connection, verb: str, group: str, resource: str, namespace: str = "", *, name: str = "") -> bool:
    """Ask whether the principal may do `verb` on `resource` of the API `group` (empty: core).

    An empty `namespace` means all namespaces, or a cluster-scoped resource; `resource` may name a subresource,
    `pods/exec`. Raises LeastwayError if there is no answer: a rejected token is neither yes nor no.
    """
    base, _, subresource = resource.partition("/")
    attributes = {
        "verb": verb,
        "group": group,
        "resource": base,
        "subresource": subresource,
        "namespace": namespace,
        "name": name,
    }
    review: Json = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    status = checked(connection.request("POST", _REVIEWS, review), SELF_REVIEW, connection.where)["status"]
    return bool(status.get("allowed")) and not status.get("denied")
