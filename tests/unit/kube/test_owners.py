from typing import Any

import pytest

from leastway.estate import Owner
from leastway.kube.owners import owner_of

OWNERS = {
    "nobody": ({}, None),
    "nobody, with labels of no tool": ({"labels": {"app.kubernetes.io/name": "x"}}, None),
    "leastway itself": ({"labels": {"app.kubernetes.io/managed-by": "leastway"}}, None),
    "kubernetes": ({"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}, Owner("Kubernetes", "rbac-defaults")),
    "helm": (
        {"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "shop"}},
        Owner("Helm", "shop"),
    ),
    "argo": ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:x"}}, Owner("Argo CD", "shop:x")),
    "flux": ({"labels": {"kustomize.toolkit.fluxcd.io/name": "infra"}}, Owner("Flux", "infra")),
    "terraform by its label": ({"labels": {"app.kubernetes.io/managed-by": "Terraform"}}, Owner("Terraform", "")),
    "a tool nobody knows": ({"labels": {"app.kubernetes.io/managed-by": "our-script"}}, Owner("our-script", "")),
    "terraform by its fields": ({"managedFields": [{"manager": "Terraform"}]}, Owner("Terraform", "")),
    "pulumi by its fields": ({"managedFields": [{"manager": "pulumi-kubernetes-1a2b"}]}, Owner("Pulumi", "")),
    "people": ({"managedFields": [{"manager": "kubectl-edit"}, {"manager": "leastway"}]}, None),
    "labels before fields": (
        {"labels": {"app.kubernetes.io/managed-by": "Helm"}, "managedFields": [{"manager": "Terraform"}]},
        Owner("Helm", ""),
    ),
    "empty maps": ({"labels": None, "annotations": None, "managedFields": None}, None),
}


@pytest.mark.parametrize(("metadata", "owner"), OWNERS.values(), ids=OWNERS)
def test_owner(metadata: dict[str, Any], owner: Owner | None) -> None:
    assert owner_of({"metadata": metadata}) == owner
