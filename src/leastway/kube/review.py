"""What the connected principal may do: asked of the API server, and tried for real without an effect.

A SelfSubjectAccessReview asks every authorizer, EKS access policies included; `kubectl auth can-i --list` and `--as`
ask RBAC alone. An attempt is the call itself as a dry run, with a body or a name that nothing could come of: the API
server decides who may before it looks at what.
Source: Kubernetes API reference, SelfSubjectAccessReview; Kubernetes, "Controlling access to the Kubernetes API".
"""

from __future__ import annotations

import enum
from urllib.parse import quote

from leastway.kube.connection import DELETE_OPTIONS, Connection, Json, Method
from leastway.kube.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnreadableAnswerError,
)
from leastway.kube.reading import SELF_REVIEW, checked

__all__ = ["Verb", "attempt", "can"]

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_NOBODY = "leastway-attempt"


class Verb(enum.Enum):
    """What can be tried."""

    GET = "get"
    LIST = "list"
    CREATE = "create"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"


_METHODS: dict[Verb, Method] = {
    Verb.GET: "GET",
    Verb.LIST: "GET",
    Verb.CREATE: "POST",
    Verb.UPDATE: "PUT",
    Verb.PATCH: "PATCH",
    Verb.DELETE: "DELETE",
}


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


def attempt(
    connection: Connection, verb: Verb, group: str, resource: str, namespace: str = "", *, name: str = _NOBODY
) -> bool:
    """Try it for real and say whether the API server let the principal; nothing is changed.

    `group` is tried at its version v1. Raises LeastwayError where there is no answer.
    """
    base, _, subresource = resource.partition("/")
    path = f"/apis/{group}/v1" if group else "/api/v1"
    path += f"/namespaces/{quote(namespace, safe='')}/{base}" if namespace else f"/{base}"
    if subresource or verb not in (Verb.LIST, Verb.CREATE):
        path += f"/{quote(name, safe='')}"
    path += f"/{subresource}" if subresource else ""
    reads = verb in (Verb.GET, Verb.LIST)
    query = {"limit": "1"} if verb is Verb.LIST else {} if reads else {"dryRun": "All"}
    media = "application/merge-patch+json" if verb is Verb.PATCH else "application/json"
    body: Json = {**DELETE_OPTIONS, "dryRun": ["All"]} if verb is Verb.DELETE else {}  # its body outdoes its query
    try:
        answer = connection.request(_METHODS[verb], path, None if reads else body, query=query, media=media)
    except ForbiddenError:
        return False
    except (NotFoundError, InvalidError, ConflictError):
        return True
    if not (isinstance(answer.get("kind"), str) and isinstance(answer.get("apiVersion"), str)):
        raise UnreadableAnswerError("the answer cannot be read: it does not say what it is", where=connection.where)
    return True
