"""Defaults: what an object has although its writer did not say it."""

from __future__ import annotations

import base64
from typing import Any

from leastway.sandbox.kube.kinds import RBAC, Kind
from leastway.sandbox.kube.seed import namespace

__all__ = ["complete", "with_defaults"]

_NAME_LABEL = "kubernetes.io/metadata.name"


def with_defaults(kind: Kind, written: dict[str, Any]) -> dict[str, Any]:
    """Return `written` with the defaults that decoding gives it, which the writer then owns."""
    match kind.kind:
        case "Namespace":
            labels = {**(written["metadata"].get("labels") or {}), _NAME_LABEL: written["metadata"].get("name", "")}
            return written | {"metadata": {**written["metadata"], "labels": labels}}
        case "Secret":
            return _secret(written)
        case "RoleBinding" | "ClusterRoleBinding":
            return _binding(written)
        case "Role" | "ClusterRole":
            return {**written, "rules": written.get("rules")}
        case _:
            return written


def complete(kind: Kind, written: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Return `written`, which shall take the place of `before`, with what the server sets and nobody owns."""
    match kind.kind:
        case "Namespace":
            model = namespace(written["metadata"]["name"])
            return written | {"spec": (before or model).get("spec", {}), "status": (before or model)["status"]}
        case "Role" | "ClusterRole":
            return {**written, "rules": written["rules"] or None}
        case "Pod" | "Deployment":
            return _workload(written, before)
        case _:
            return written


def _secret(written: dict[str, Any]) -> dict[str, Any]:
    plain = {key: base64.b64encode(text.encode()).decode() for key, text in written.get("stringData", {}).items()}
    rest = {key: value for key, value in written.items() if key != "stringData"}
    return {**rest, "type": rest.get("type", "Opaque")} | ({"data": rest.get("data", {}) | plain} if plain else {})


def _binding(written: dict[str, Any]) -> dict[str, Any]:
    role = {"apiGroup": "", "kind": "", "name": "", **(written.get("roleRef") or {})}
    completed = written | {"roleRef": {**role, "apiGroup": role["apiGroup"] or RBAC}}
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
