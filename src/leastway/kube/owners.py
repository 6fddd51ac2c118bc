"""The other tool that owns an object in a cluster, as the object itself says.

Read from what tools write by themselves, the surest first: Kubernetes' label of its default roles, the annotations of
Helm, Argo CD and Fleet, the labels of Flux, kapp and Crossplane, the label `app.kubernetes.io/managed-by`; and, where
nothing else speaks, from the name under which a known tool manages the object's fields.

A manifest that somebody applies by hand or from a pipeline owns nothing, and yet its next `kubectl apply` takes out of
the object what the manifest has not: `host_of` tells of that, too.
Source: Kubernetes, "Recommended Labels", "Auto-reconciliation", "Server-Side Apply" (managers), "Declarative Management
of Kubernetes Objects Using Configuration Files".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leastway.estate import Owner

__all__ = ["host_of", "owner_of"]

_ANNOTATIONS = {
    "meta.helm.sh/release-name": "Helm",
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "objectset.rio.cattle.io/id": "Fleet",
}
_LABELS = {
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
    "argocd.argoproj.io/instance": "Argo CD",
    "kapp.k14s.io/app": "kapp",
    "crossplane.io/composite": "Crossplane",
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
    "crossplane": "Crossplane",
}
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def owner_of(live: Mapping[str, Any]) -> Owner | None:
    """Return the owner of an object as the API server returned it, or None."""
    return next(_owners(live.get("metadata", {})), None)


def host_of(live: Mapping[str, Any]) -> Owner | None:
    """Return who will write an object anew, without what we put into it: its owner, or whoever applies its manifest."""
    if (owner := owner_of(live)) is not None:
        return owner
    applied = _APPLIED in (live.get("metadata", {}).get("annotations") or {})
    return Owner("kubectl apply", "", f"by its annotation {_APPLIED}") if applied else None


def _owners(metadata: Mapping[str, Any]) -> Iterator[Owner]:
    labels: Mapping[str, str] = metadata.get("labels") or {}
    annotations: Mapping[str, str] = metadata.get("annotations") or {}
    if labels.get("kubernetes.io/bootstrapping"):
        what = labels["kubernetes.io/bootstrapping"]
        yield Owner("Kubernetes", what, f"by its label kubernetes.io/bootstrapping={what}")
    for word, texts, tools in (("annotation", annotations, _ANNOTATIONS), ("label", labels, _LABELS)):
        for key, tool in tools.items():
            if key in texts:
                yield Owner(tool, texts[key], f"by its {word} {key}={texts[key]}")
    by = labels.get("app.kubernetes.io/managed-by", "")
    if by and by != "leastway":
        yield Owner(_tool(by) or by, "", f"by its label app.kubernetes.io/managed-by={by}")
    for entry in metadata.get("managedFields") or ():
        manager = str(entry.get("manager", ""))
        if tool := _tool(manager):
            yield Owner(tool, "", f"by its fields' manager {manager}")


def _tool(name: str) -> str:
    return next((tool for prefix, tool in _MANAGERS.items() if name.lower().startswith(prefix)), "")
