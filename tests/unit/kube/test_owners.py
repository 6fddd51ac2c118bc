from typing import Any

import pytest

from leastway.estate import Owner
from leastway.kube.owners import host_of, owner_of

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
    "fleet": ({"annotations": {"objectset.rio.cattle.io/id": "infra"}}, Owner("Fleet", "infra")),
    "kapp": ({"labels": {"kapp.k14s.io/app": "1"}}, Owner("kapp", "1")),
    "crossplane": ({"labels": {"crossplane.io/composite": "eks"}}, Owner("Crossplane", "eks")),
    "empty maps": ({"labels": None, "annotations": None, "managedFields": None}, None),
}


@pytest.mark.parametrize(("metadata", "owner"), OWNERS.values(), ids=OWNERS)
def test_the_owner_is_read_from_labels_annotations_and_fields(metadata: dict[str, Any], owner: Owner | None) -> None:
    assert owner_of({"metadata": metadata}) == owner


@pytest.mark.parametrize(
    ("metadata", "sign"),
    [
        ({"labels": {"app.kubernetes.io/managed-by": "Helm"}}, "by its label app.kubernetes.io/managed-by=Helm"),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:x"}},
            "by its annotation argocd.argoproj.io/tracking-id=shop:x",
        ),
        ({"managedFields": [{"manager": "Terraform"}]}, "by its fields' manager Terraform"),
    ],
)
def test_an_owner_is_reported_with_its_evidence(metadata: dict[str, Any], sign: str) -> None:
    found = owner_of({"metadata": metadata})
    assert found is not None
    assert found.sign == sign
    assert host_of({"metadata": metadata}) == found


def test_an_applied_manifest_is_a_host_but_not_an_owner() -> None:
    applied = {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}}
    assert owner_of(applied) is None
    assert host_of(applied) == Owner("kubectl apply", "")
    assert host_of({"metadata": {}}) is None
