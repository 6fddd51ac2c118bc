"""Which object a manifest is, and which ones are refused."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.kube.deploying import ObjectName, UnknownKindError, name_of
from leastway.kube.deploying.applying import in_order


def _manifest(version: str, kind: str, name: Any = "web", **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **metadata}}


def test_an_object_has_its_path() -> None:
    name = name_of(_manifest("networking.k8s.io/v1", "Ingress", namespace="shop"))

    assert name == ObjectName("networking.k8s.io/v1", "Ingress", "shop", "web")
    assert name.path == "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web"
    assert str(name) == "Ingress shop/web"
    assert name_of(_manifest("v1", "Namespace")).path == "/api/v1/namespaces/web"


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"apiVersion": "v1", "kind": "Secret"},
        {"apiVersion": "v1", "kind": "Secret", "metadata": []},
        _manifest("v1", "Secret"),
        _manifest("v1", "Secret", namespace=""),
        _manifest("v1", "Secret", namespace="a/b"),
        _manifest("v1", "Secret", "../x", namespace="shop"),
        _manifest("v1", "Secret", "x?dryRun=All", namespace="shop"),
        _manifest("v1", "Secret", 7, namespace="shop"),
        _manifest("v1", "Namespace", namespace="shop"),
    ],
)
def test_a_manifest_that_does_not_say_which_object_it_is_is_refused(manifest: Any) -> None:
    with pytest.raises(InvalidInputError):
        name_of(manifest)


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("v1", "Pod"),
        ("apps/v1", "ReplicaSet"),
        ("v2", "Secret"),
    ],
)
def test_a_kind_that_is_not_deployed_is_refused_by_its_name(version: str, kind: str) -> None:
    with pytest.raises(UnknownKindError, match=f"objects of the kind '{kind}' in '{version}' are not deployed"):
        name_of(_manifest(version, kind, namespace="shop"))


def test_what_others_refer_to_comes_first() -> None:
    kinds = [("apps/v1", "Deployment"), ("v1", "Secret"), ("v1", "ServiceAccount")]
    manifests = [_manifest(version, kind, namespace="shop") for version, kind in kinds]

    ordered = in_order([*manifests, _manifest("v1", "Namespace", "shop")])

    assert [name.kind for name, _ in ordered] == ["Namespace", "ServiceAccount", "Secret", "Deployment"]
