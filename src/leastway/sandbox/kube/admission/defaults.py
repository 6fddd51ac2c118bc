"""Defaults: what an object has although its writer did not say it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from leastway.sandbox.kube.kinds import RBAC
from leastway.sandbox.kube.seed import namespace

if TYPE_CHECKING:
    from leastway.sandbox.kube.kinds import Kind

__all__ = ["complete"]


def complete(kind: Kind, written: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Return `written`, which shall take the place of `before`, with what the server sets itself."""
    match kind.kind:
        case "Namespace":
            return _namespace(written)
        case "Secret":
            return _secret(written)
        case "RoleBinding" | "ClusterRoleBinding":
            return _binding(written)
        case "Role" | "ClusterRole":
            return {"rules": None} | written
        case "Pod" | "Deployment":
            return _workload(written, before)
        case _:
            return written


def _namespace(written: dict[str, Any]) -> dict[str, Any]:
    model = namespace(written["metadata"]["name"])
    labels = (written["metadata"].get("labels") or {}) | model["metadata"]["labels"]
    return model | written | {"metadata": written["metadata"] | {"labels": labels}, "status": model["status"]}


def _secret(written: dict[str, Any]) -> dict[str, Any]:
    plain = {key: base64.b64encode(text.encode()).decode() for key, text in written.get("stringData", {}).items()}
    rest = {key: value for key, value in written.items() if key != "stringData"}
    return {"type": "Opaque"} | rest | ({"data": rest.get("data", {}) | plain} if plain else {})


def _binding(written: dict[str, Any]) -> dict[str, Any]:
    role = written.get("roleRef") or {}
    completed = written | {"roleRef": {**role, "apiGroup": role.get("apiGroup") or RBAC}}
    if subjects := written.get("subjects"):
        completed["subjects"] = [_subject(each) for each in subjects]
    return completed


def _subject(subject: dict[str, Any]) -> dict[str, Any]:
    if subject.get("kind") in ("User", "Group") and not subject.get("apiGroup"):
        return {**subject, "apiGroup": RBAC}
    return subject


def _workload(written: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    old = before or {"status": {"phase": "Pending"} if written["kind"] == "Pod" else {}}
    generation = old.get("metadata", {}).get("generation", 0) + (written.get("spec") != old.get("spec"))
    metadata = written["metadata"] | {"generation": generation}
    return written | {"metadata": metadata, "status": old["status"]}
