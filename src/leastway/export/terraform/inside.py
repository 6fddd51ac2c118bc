"""Roles and bindings inside of clusters, through the Kubernetes provider.

Source: the Kubernetes provider's documentation, kubernetes_role_v1, kubernetes_cluster_role_v1 and their bindings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leastway.estate import Mark, RbacBinding, RbacRole, manifest
from leastway.export.exporter import CannotExportError
from leastway.export.hcl import Attribute, Block, Expression, Item, body_of
from leastway.export.terraform.names import Names, kubernetes_provider

__all__ = ["right"]

_GROUP = "rbac.authorization.k8s.io"


def right(wanted: RbacRole | RbacBinding, names: Names, grant: str) -> Iterator[Block]:
    """Yield a role or a binding, with the grant's labels."""
    if isinstance(wanted, RbacBinding) and wanted.other_subjects:
        raise CannotExportError("it binds others than the platform's group", where=str(wanted.address))
    cluster = "" if wanted.namespace else "cluster_"
    kind = "role_binding" if isinstance(wanted, RbacBinding) else "role"
    provider = Attribute("provider", Expression(f"kubernetes.{kubernetes_provider(wanted.place)}"))
    body = manifest(wanted, Mark(grant))
    blocks = _rules(body) if isinstance(wanted, RbacRole) else _binding(body)
    items: list[Item] = [provider, Block("metadata", (), body_of(**body["metadata"])), *blocks]
    yield Block("resource", (f"kubernetes_{cluster}{kind}_v1", names.label(wanted)), tuple(items))


def _rules(body: dict[str, Any]) -> Iterator[Block]:
    for rule in body["rules"]:
        yield Block(
            "rule",
            (),
            body_of(
                api_groups=rule.get("apiGroups"),
                resources=rule.get("resources"),
                resource_names=rule.get("resourceNames"),
                non_resource_urls=rule.get("nonResourceURLs"),
                verbs=rule["verbs"],
            ),
        )


def _binding(body: dict[str, Any]) -> Iterator[Block]:
    reference = body["roleRef"]
    yield Block("role_ref", (), body_of(api_group=_GROUP, kind=reference["kind"], name=reference["name"]))
    for subject in body["subjects"]:
        yield Block("subject", (), body_of(api_group=_GROUP, kind=subject["kind"], name=subject["name"]))
