"""What the connected principal may do, asked of the API server.

A SelfSubjectAccessReview asks every authorizer, EKS access policies included; `kubectl auth can-i --list` and `--as`
ask RBAC alone.
Source: Kubernetes API reference, SelfSubjectAccessReview.
"""

from __future__ import annotations

from leastway.kube.connection import Connection, Json
from leastway.kube.reading import SELF_REVIEW, checked

__all__ = ["can"]

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def can(connection: Connection, verb: str, group: str, resource: str, namespace: str = "", *, name: str = "") -> bool:
    """Ask whether the principal may do `verb` on `resource` of the API `group` (empty: core).

    No `namespace` means in all of them, or a resource that has none; `resource` may name a subresource, `pods/exec`.
    Raises LeastwayError where there is no answer: a token that is not accepted is neither yes nor no.
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
