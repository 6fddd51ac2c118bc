"""The policy documents of a grant, with the statement ids that the platform has published.

Sources: the platform's published user policy and trust roles for the structure and the Sids (see the bundled profiles);
Service Authorization Reference, "Actions, resources, and condition keys for Amazon EKS", for the resources and keys of
each action; IAM User Guide, "How to use an external ID".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from leastway.estate import deny_outside
from leastway.grant import is_pattern
from leastway.policy import Document, PolicyKind, Statement, parse_policy
from leastway.policy.model import CURRENT_VERSION

__all__ = ["egress_policy", "federated_trust_policy", "platform_policy", "trust_policy"]

Json = dict[str, Any]

_CLUSTER_ACTIONS = ("eks:AccessKubernetesApi", "eks:DescribeCluster", "eks:ListNodegroups")
_NODEGROUP_ACTIONS = ("eks:DescribeNodegroup",)


def platform_policy(
    *,
    clusters: Sequence[str],
    nodegroups: Sequence[str],
    tag: tuple[str, str],
    roles: Sequence[str],
    addresses: Sequence[str],
    list_clusters: bool,
) -> Document:
    """Return the policy of the platform's principal: access to these clusters while they are tagged, and these roles.

    `clusters` and `nodegroups` are ARN patterns, `roles` ARNs, `addresses` CIDR blocks. Without clusters or roles their
    statements are left out: a statement without resources is invalid.
    """
    tagged = {"StringEquals": {f"aws:ResourceTag/{tag[0]}": tag[1]}}
    statements: list[Json] = []
    if clusters:
        statements.append(_allow("EKSAccess", _CLUSTER_ACTIONS, clusters, tagged))
        statements.append(_allow("EKSNodegroups", _NODEGROUP_ACTIONS, nodegroups, tagged))
    if list_clusters:
        statements.append(_allow("EKSListClusters", ("eks:ListClusters",), ("*",), None))
    if roles:
        statements.append(_allow("AssumeRole", ("sts:AssumeRole",), roles, None))
    if not statements:
        return egress_policy(addresses)
    return _document(PolicyKind.IDENTITY, statements, *([_outside(tuple(addresses))] if addresses else ()))


def egress_policy(addresses: Sequence[str]) -> Document:
    """Return the address Deny on its own, for a role whose permissions are the customer's own policies."""
    return Document(PolicyKind.IDENTITY, (_outside(tuple(addresses)),))


def trust_policy(*, principal: str, external_ids: Sequence[str], addresses: Sequence[str]) -> Document:
    """Return a trust policy that admits only this principal, with one of these external ids, from these addresses."""
    allow: Json = {
        "Sid": "PlatformWithExternalId",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": _one_or_more(external_ids)}},
    }
    return _trust(allow, addresses)


def federated_trust_policy(
    *, provider: str, host: str, audience: str, subjects: Sequence[str], addresses: Sequence[str]
) -> Document:
    """Return a trust policy that admits only tokens of this provider, for the audience, with one of the subjects.

    `provider` is the ARN of the identity provider. A subject with `*` or `?` is a pattern. Source: IAM User Guide,
    "Create a role for OpenID Connect federation"; `aud` and `sub` are compared exactly, and case matters.
    """
    audiences: Json = {f"{host}:aud": audience}
    named: Json = {f"{host}:sub": _one_or_more(subjects)}
    are_patterns = any(is_pattern(subject) for subject in subjects)
    allow: Json = {
        "Sid": "PlatformWithToken",
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": audiences, "StringLike": named}
        if are_patterns
        else {"StringEquals": audiences | named},
    }
    return _trust(allow, addresses)


def _trust(allow: Json, addresses: Sequence[str]) -> Document:
    """Return a trust policy with this statement, and a Deny for all other addresses if there is a list."""
    if not addresses:
        return _document(PolicyKind.TRUST, [allow])
    deny: Json = {
        "Sid": "PlatformAddressesOnly",
        "Effect": "Deny",
        "Principal": allow["Principal"],
        "Action": allow["Action"],
        "Condition": {"NotIpAddress": {"aws:SourceIp": sorted(addresses)}},
    }
    return _document(PolicyKind.TRUST, [allow, deny])


def _one_or_more(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any] | None) -> Json:
    statement: Json = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | {"Condition": condition} if condition else statement


def _document(kind: PolicyKind, statements: list[Json], *shared: Statement) -> Document:
    """Return the document of `statements`, followed by the `shared` ones."""
    own = parse_policy({"Version": CURRENT_VERSION, "Statement": statements}, kind=kind)
    return replace(own, statements=own.statements + shared) if shared else own


@lru_cache(maxsize=16)
def _outside(addresses: tuple[str, ...]) -> Statement:
    """Return the address Deny, cached: it is the same in every policy of a grant, and statements are immutable."""
    (statement,) = _document(PolicyKind.IDENTITY, [deny_outside(addresses)]).statements
    return statement
