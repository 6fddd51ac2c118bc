"""Which other tool owns an object in a cluster, according to the object itself.

Read from what tools write by themselves, the most certain first: the Kubernetes label of default roles, the
annotations of Helm, Argo CD and Fleet, the labels of Flux, kapp and Crossplane, the label
`app.kubernetes.io/managed-by`; and if none of these exists, the field manager of a known tool.

A manifest applied by hand or from a pipeline does not own the object, but its next `kubectl apply` removes whatever
is not in the manifest. `host_of` reports such manifests too.
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
    """Return who will overwrite our part of an object: its owner, or `kubectl apply` of its manifest."""
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
