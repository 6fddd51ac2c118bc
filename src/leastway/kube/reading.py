"""Reads from an API server such that a missing answer is never taken for a missing object.

Every answer that leastway relies on is checked here: it must have the requested kind and name, and the fields of that
kind (`shapes`). A list must be of the requested kind, and its pages must end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leastway.kube.connection import Connection, Json
from leastway.kube.errors import unreadable
from leastway.kube.shapes import BINDING, CONFIG_MAP, REVIEW, ROLE, STORED, Shape, fields, items, text
from leastway.ports import ShapeError, UnreadableAnswerError

__all__ = [
    "CLUSTER_ROLE",
    "CLUSTER_ROLE_BINDING",
    "CONFIG_MAPS",
    "ROLES",
    "ROLE_BINDING",
    "SELF_REVIEW",
    "ApiKind",
    "checked",
    "read_every",
    "read_one",
    "removed",
]

_PAGES = 2_000
"""Pages of one list, 500 objects each."""
_LIST = fields({"items": items(fields({})), "metadata": fields({}, {"continue": text})})


@dataclass(frozen=True, slots=True)
class ApiKind:
    """One kind of object: its apiVersion and kind in answers, and its required fields."""

    api_version: str
    kind: str
    shape: Shape


_RBAC = "rbac.authorization.k8s.io/v1"
CONFIG_MAPS = ApiKind("v1", "ConfigMap", CONFIG_MAP)
ROLES = ApiKind(_RBAC, "Role", ROLE)
CLUSTER_ROLE = ApiKind(_RBAC, "ClusterRole", ROLE)
ROLE_BINDING = ApiKind(_RBAC, "RoleBinding", BINDING)
CLUSTER_ROLE_BINDING = ApiKind(_RBAC, "ClusterRoleBinding", BINDING)
SELF_REVIEW = ApiKind("authorization.k8s.io/v1", "SelfSubjectAccessReview", REVIEW)
SUBJECT_REVIEW = ApiKind("authorization.k8s.io/v1", "SubjectAccessReview", REVIEW)


def read_one(connection: Connection, path: str, resource: ApiKind, name: str, namespace: str = "") -> Json:
    """Return the object at `path`, which must have the given name. Raises NotFoundError if it does not exist."""
    answer = checked(connection.request("GET", path), resource, connection.where)
    _check_shape(answer, STORED, "", connection.where)
    found = (answer["metadata"].get("namespace") or "", answer["metadata"]["name"])
    if found != (namespace, name):
        wanted, other = "/".join(part for part in (namespace, name) if part), "/".join(part for part in found if part)
        raise _unreadable(f"expected {resource.kind} {wanted}, got {other}", connection.where)
    return answer


def read_every(connection: Connection, path: str, resource: ApiKind, query: Mapping[str, str]) -> Iterator[Json]:
    """Yield every object of a list, page by page. A repeated page, or too many pages, is an error."""
    asked = dict(query)
    seen: set[str] = set()
    for _ in range(_PAGES):
        page = connection.request("GET", path, query=asked)
        _check(page, resource.api_version, f"{resource.kind}List", _LIST, connection.where)
        for number, live in enumerate(page["items"]):
            _check_shape(live, resource.shape, f"items[{number}]", connection.where)
            _check_shape(live, STORED, f"items[{number}]", connection.where)
            if live.get("kind") not in (None, resource.kind):  # objects in a list may omit their kind
                raise _unreadable(f"items[{number}] is a {live['kind']!r}, not a {resource.kind}", connection.where)
            yield live
        following = page["metadata"].get("continue")
        if not following:
            return
        if following in seen:
            raise _unreadable(
                f"the list of {resource.kind} objects does not end: a page was repeated", connection.where
            )
        seen.add(following)
        asked["continue"] = following
    raise _unreadable(f"the list of {resource.kind} objects has more than {_PAGES:,} pages", connection.where)


def checked(answer: Json, resource: ApiKind, where: str) -> Json:
    """Return an answer that is an object of this kind."""
    _check(answer, resource.api_version, resource.kind, resource.shape, where)
    return answer


def removed(answer: Json, resource: ApiKind, where: str) -> None:
    """Check the answer to a delete: a Status, or the object if it is deleted once its finalizers have run."""
    if answer.get("kind") not in ("Status", resource.kind):
        raise _unreadable(f"a {resource.kind} was deleted, and the answer is {_kind(answer)}", where)


def _check(answer: Json, api_version: str, kind: str, shape: Shape, where: str) -> None:
    if (answer.get("apiVersion"), answer.get("kind")) != (api_version, kind):
        raise _unreadable(f"expected a {kind} of {api_version}, got {_kind(answer)}", where)
    _check_shape(answer, shape, "", where)


def _check_shape(value: Any, shape: Shape, path: str, where: str) -> None:
    try:
        shape(value, path)
    except ShapeError as error:
        raise _unreadable(str(error), where) from None


def _kind(answer: Mapping[str, Any]) -> str:
    kind, version = answer.get("kind"), answer.get("apiVersion")
    return f"{kind!r} of {version!r}" if kind or version else "an object without a kind"


def _unreadable(what: str, where: str) -> UnreadableAnswerError:
    return unreadable(f"the answer cannot be read: {what}", where)
