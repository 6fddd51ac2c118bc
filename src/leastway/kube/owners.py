"""The other tool that owns an object in a cluster, as the object itself says.

Read from what tools write by themselves, the surest first: Kubernetes' label of its default roles, the annotations of
Helm and Argo CD, the labels of Flux, the label `app.kubernetes.io/managed-by`; and, where nothing else speaks, from
the name under which a known tool manages the object's fields.
Source: Kubernetes, "Recommended Labels", "Auto-reconciliation", "Server-Side Apply" (managers).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leastway.estate import Owner

__all__ = ["owner_of"]

_ANNOTATIONS = {
    "meta.helm.sh/release-name": "Helm",
    "argocd.argoproj.io/tracking-id": "Argo CD",
}
_LABELS = {
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
    "argocd.argoproj.io/instance": "Argo CD",
}
_MANAGERS = {
    "terraform": "Terraform",
    "hashicorp": "Terraform",
    "opentofu": "OpenTofu",
    "pulumi": "Pulumi",
    "helm": "Helm",
    "argocd": "Argo CD",
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
}


def owner_of(live: Mapping[str, Any]) -> Owner | None:
    """Return the owner of an object as the API server returned it, or None."""
    return next(_owners(live.get("metadata", {})), None)


def _owners(metadata: Mapping[str, Any]) -> Iterator[Owner]:
    labels: Mapping[str, str] = metadata.get("labels") or {}
    annotations: Mapping[str, str] = metadata.get("annotations") or {}
    if labels.get("kubernetes.io/bootstrapping"):
        yield Owner("Kubernetes", labels["kubernetes.io/bootstrapping"])
    for texts, tools in ((annotations, _ANNOTATIONS), (labels, _LABELS)):
        for key, tool in tools.items():
            if key in texts:
                yield Owner(tool, texts[key])
    by = labels.get("app.kubernetes.io/managed-by", "")
    if by and by != "leastway":
        yield Owner(_tool(by) or by, "")
    for entry in metadata.get("managedFields") or ():
        if tool := _tool(str(entry.get("manager", ""))):
            yield Owner(tool, "")


def _tool(name: str) -> str:
    return next((tool for prefix, tool in _MANAGERS.items() if name.lower().startswith(prefix)), "")
