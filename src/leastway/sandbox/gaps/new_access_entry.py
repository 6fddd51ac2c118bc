"""The checks of CreateAccessEntry, and the values that it generates.

AWS (Amazon EKS User Guide, "Create access entries"): the principal must exist and cannot be a session; the username
must not begin with `system:`, `eks:`, `aws:`, `amazon:` or `iam:`, and a group not with `system:`; entries of nodes
have fixed names and groups; a missing username is generated; the entry keeps the principal's unique id, so a principal
that is recreated under the same ARN has no access. ministack: does none of this; it stores what it receives.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from leastway.primitives import Arn
from leastway.sandbox.gaps.eks_api import EksError, invalid
from leastway.sandbox.gaps.principals import find_principal, unique_id
from leastway.sandbox.gaps.resource_arns import access_entry_arn
from leastway.sandbox.process.engine import eks

__all__ = ["UNIQUE_ID", "check_names", "generated_username", "new_entry"]

UNIQUE_ID = "_principalId"
"""The member of an entry with the principal's unique id; responses leave it out."""

_USERNAME_PREFIXES = ("system:", "eks:", "aws:", "amazon:", "iam:")
_NODES = {"EC2_LINUX": ("system:node:{{EC2PrivateDNSName}}", ("system:nodes",))}
"""The types of entries for nodes in scenarios; AWS has more."""


def new_entry(cluster: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Store an access entry as CreateAccessEntry does, or raise EKS's error."""
    arn = body.get("principalArn", "")
    principal = _checked_principal(arn)
    kind = body.get("type") or "STANDARD"
    username, groups = body.get("username") or "", list(body.get("kubernetesGroups") or [])
    if kind in _NODES:
        if username or groups:
            raise invalid(f"The username and kubernetesGroups cannot be set for the access entry type {kind}")
        username, groups = _NODES[kind][0], list(_NODES[kind][1])
    elif kind != "STANDARD":
        raise invalid(f"The access entry type {kind} is not valid")
    else:
        check_names(username, groups)
    entries = eks("_access_entries")
    if f"{cluster['name']}\0{arn}" in entries:
        raise EksError(
            409, "ResourceInUseException", "The specified access entry resource is already in use on this cluster."
        )
    _, _, _, region, account, _ = cluster["arn"].split(":", 5)
    now = time.time()
    entry = {
        "clusterName": cluster["name"],
        "principalArn": arn,
        "kubernetesGroups": groups,
        "accessEntryArn": access_entry_arn(region, account, cluster["name"], Arn.parse(arn), str(uuid.uuid4())),
        "createdAt": now,
        "modifiedAt": now,
        "tags": dict(body.get("tags") or {}),
        "username": username or generated_username(arn),
        "type": kind,
        UNIQUE_ID: unique_id(principal),
    }
    entries[f"{cluster['name']}\0{arn}"] = entry
    eks("_tags")[entry["accessEntryArn"]] = dict(entry["tags"])
    return entry


def _checked_principal(arn: str) -> dict[str, Any]:
    if not arn.startswith("arn:") or ":iam::" not in arn:
        raise invalid("The principalArn parameter format is not valid")
    if ":role/aws-service-role/" in arn:
        raise invalid(
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role"
        )
    principal = find_principal(arn)
    if principal is None:
        raise invalid("The specified principalArn is invalid: invalid principal.")
    return principal


def check_names(username: str, groups: Sequence[str]) -> None:
    """Raise EKS's error for a username or group with a reserved prefix."""
    for prefix in _USERNAME_PREFIXES:
        if username.startswith(prefix):
            raise invalid(f"The username must not begin with {prefix}")
    for group in groups:
        if group.startswith("system:"):
            raise invalid(f"The kubernetes group name {group} is invalid, it cannot start with system:")


def generated_username(arn: str) -> str:
    """Return the generated username of a STANDARD entry: a user's ARN, or a role's session template."""
    principal = Arn.parse(arn)
    if principal.resource_type == "user":
        return arn
    return f"arn:{principal.partition}:sts::{principal.account}:assumed-role/{principal.name}/{{{{SessionName}}}}"
