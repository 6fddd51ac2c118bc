"""The target of a request: what it asks for, and the kind that it names.

Source: Kubernetes documentation, "Authorization", "Determine the request verb", and "API concepts".
"""

from __future__ import annotations

from dataclasses import dataclass

from leastway.sandbox.http1 import HttpRequest
from leastway.sandbox.kube.authorization.rules import Attributes
from leastway.sandbox.kube.kinds import KINDS, KubeKind

__all__ = ["RequestRoute", "route"]

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_NAMESPACE_SUBRESOURCES = ("status", "finalize")


@dataclass(frozen=True, slots=True)
class RequestRoute:
    """The target of a request. `kind` is None for a non-resource path, and for an unknown resource."""

    asked: Attributes
    kind: KubeKind | None = None


def route(request: HttpRequest) -> RequestRoute:
    """Return the target of `request`."""
    parts = [part for part in request.path.split("/") if part]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return RequestRoute(Attributes(request.method.lower(), path=request.path))
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in _NAMESPACE_SUBRESOURCES:
            rest = rest[2:]
    plural = rest[0]
    name = rest[1] if len(rest) > 1 else ""
    subresource = "/".join(rest[2:])
    resource = f"{plural}/{subresource}" if subresource else plural
    kind = None if subresource or version != "v1" else KINDS.get((group, plural))
    if kind is not None and kind.namespaced and name and not namespace:
        kind = None
    return RequestRoute(Attributes(_verb(request, name), group, resource, namespace, name), kind)


def _verb(request: HttpRequest, name: str) -> str:
    match request.method:
        case "GET" | "HEAD":
            if request.query.get("watch", "").lower() in ("1", "true"):
                return "watch"
            return "get" if name else "list"
        case "DELETE":
            return "delete" if name else "deletecollection"
        case method:
            return _VERBS.get(method, method.lower())
