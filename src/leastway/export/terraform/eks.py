"""Access entries and their access policies.

Source: the AWS provider's documentation, aws_eks_access_entry and aws_eks_access_policy_association.
"""

from __future__ import annotations

from collections.abc import Iterator

from leastway.estate import PRINCIPAL_ID_TAG, AccessEntry, AccessPolicy
from leastway.export.hcl import Attribute, Block, Call, Expression, Item, Value, body_of
from leastway.export.terraform.iam import TAGS, Made
from leastway.export.terraform.names import Names

__all__ = ["access_entry", "access_policy"]


def access_entry(wanted: AccessEntry, names: Names, made: Made) -> Iterator[Block]:
    """Yield an access entry, marked with the unique id of its principal where the module makes that."""
    resource = made.get(wanted.principal)
    tags: Value = TAGS
    if resource:
        tags = Call("merge", (TAGS, {PRINCIPAL_ID_TAG: Expression(f"{resource}.unique_id")}))
    items: list[Item] = [
        *_where(wanted, names),
        Attribute("principal_arn", Expression(f"{resource}.arn") if resource else wanted.principal),
        Attribute("type", wanted.type),
        *body_of(user_name=wanted.username or None, kubernetes_groups=sorted(wanted.groups) or None, tags=tags),
    ]
    yield Block("resource", ("aws_eks_access_entry", names.label(wanted)), tuple(items))


def access_policy(wanted: AccessPolicy, names: Names, entry: AccessEntry) -> Iterator[Block]:
    """Yield the association of an access policy, which comes after its entry."""
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
