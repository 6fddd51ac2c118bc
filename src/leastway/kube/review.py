"""What the connected principal may do, according to the API server.

A SelfSubjectAccessReview asks every authorizer, including EKS access policies; `kubectl auth can-i --list` and `--as`
ask only RBAC, and so does a SubjectAccessReview about another user: EKS recognizes the entry by what its token brings.
Source: Kubernetes API reference, SelfSubjectAccessReview, SubjectAccessReview.
"""

from __future__ import annotations

from collections.abc import Iterable

from leastway.kube.connection import Connection, Json
from leastway.kube.reading import SELF_REVIEW, SUBJECT_REVIEW, ApiKind, checked

__all__ = ["can", "can_as"]

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_OTHER_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


def can(connection: Connection, verb: str, group: str, resource: str, namespace: str = "", *, name: str = "") -> bool:
    """Ask whether the principal may do `verb` on `resource` of the API `group` (empty: core).

    An empty `namespace` means all namespaces, or a cluster-scoped resource; `resource` may name a subresource,
    `pods/exec`. Raises LeastwayError if there is no answer: a rejected token is neither yes nor no.
    """
    spec = {"resourceAttributes": _attributes(verb, group, resource, namespace, name)}
    return _asked(connection, _REVIEWS, SELF_REVIEW, spec)


def can_as(
    connection: Connection,
    user: str,
    groups: Iterable[str],
    verb: str,
    group: str,
    resource: str,
    namespace: str = "",
    *,
    name: str = "",
) -> bool:
    """Ask whether RBAC allows another user with these groups to do `verb` on `resource`; otherwise as `can`."""
    attributes = _attributes(verb, group, resource, namespace, name)
    spec: Json = {"user": user, "groups": sorted(set(groups)), "resourceAttributes": attributes}
    return _asked(connection, _OTHER_REVIEWS, SUBJECT_REVIEW, spec)


def _attributes(verb: str, group: str, resource: str, namespace: str, name: str) -> Json:
    base, _, subresource = resource.partition("/")
    attributes = {
        "verb": verb,
        "group": group,
        "resource": base,
        "subresource": subresource,
        "namespace": namespace,
        "name": name,
    }
    return {key: value for key, value in attributes.items() if value}


def _asked(connection: Connection, path: str, kind: ApiKind, spec: Json) -> bool:
    review: Json = {"apiVersion": kind.api_version, "kind": kind.kind, "spec": spec}
    status = checked(connection.request("POST", path, review), kind, connection.where)["status"]
    return bool(status.get("allowed")) and not status.get("denied")
