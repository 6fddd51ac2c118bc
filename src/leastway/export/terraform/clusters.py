"""The resources of clusters: access entries with access policies, and roles and bindings inside the clusters.

Source: the AWS provider's documentation, aws_eks_access_entry and aws_eks_access_policy_association; the Kubernetes
provider's, kubernetes_role_v1, kubernetes_cluster_role_v1 and their bindings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leastway.estate import PRINCIPAL_ID_TAG, AccessEntry, AccessPolicy, Mark, RbacBinding, RbacRole, manifest
from leastway.export.exporter import CannotExportError
from leastway.export.hcl import Attribute, Block, Expression, FunctionCall, Item, Value, body_of
from leastway.export.terraform.iam import TAGS, ResourceNames
from leastway.export.terraform.names import Names, kubernetes_provider

__all__ = ["access_entry", "access_policy", "right"]


def access_entry(wanted: AccessEntry, names: Names, made: ResourceNames) -> Iterator[Block]:
    """Yield an access entry, marked with the unique id of its principal if the module creates the principal."""
    resource = made.get(wanted.principal)
    tags: Value = TAGS
    if resource:
        tags = FunctionCall("merge", (TAGS, {PRINCIPAL_ID_TAG: Expression(f"{resource}.unique_id")}))
    items: list[Item] = [
        *_where(wanted, names),
        Attribute("principal_arn", Expression(f"{resource}.arn") if resource else wanted.principal),
        Attribute("type", wanted.type),
        *body_of(user_name=wanted.username or None, kubernetes_groups=sorted(wanted.groups) or None, tags=tags),
    ]
    yield Block("resource", ("aws_eks_access_entry", names.label(wanted)), tuple(items))


def access_policy(wanted: AccessPolicy, names: Names, entry: AccessEntry) -> Iterator[Block]:
    """Yield the association of an access policy, which depends on its entry."""
    scope = body_of(type="namespace" if wanted.namespaces else "cluster", namespaces=sorted(wanted.namespaces) or None)
    principal = Expression(f"aws_eks_access_entry.{names.label(entry)}.principal_arn")
    items: list[Item] = [
        *_where(wanted, names),
        *body_of(principal_arn=principal, policy_arn=wanted.policy),
        Block("access_scope", (), scope),
    ]
    yield Block("resource", ("aws_eks_access_policy_association", names.label(wanted)), tuple(items))


def _where(wanted: AccessEntry | AccessPolicy, names: Names) -> tuple[Attribute, ...]:
    return body_of(provider=names.aws_provider(wanted.place), cluster_name=wanted.place.cluster)


_GROUP = "rbac.authorization.k8s.io"


def right(wanted: RbacRole | RbacBinding, names: Names, grant: str) -> Iterator[Block]:
    """Yield a role or a binding, with the grant's labels."""
    if isinstance(wanted, RbacBinding) and wanted.other_subjects:
        raise CannotExportError("it has other subjects than the platform's group", where=str(wanted.address))
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
