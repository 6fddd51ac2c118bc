"""Access entries.

Operations on access entries.

AWS (Amazon EKS API Reference, CreateAccessEntry and related operations; User Guide, "Create access entries"): every
operation is refused on a cluster in CONFIG_MAP mode; lists are paged; a username that is removed is generated again.
ministack: accepts any mode and any update.

The checks of CreateAccessEntry, and the values that it generates.

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
from leastway.sandbox.gaps.authorization import access_entry_arn
from leastway.sandbox.gaps.eks_api import EksError, EksRequest, find_cluster, invalid, not_found, page, refused, route
from leastway.sandbox.gaps.iam_api import find_principal, unique_id
from leastway.sandbox.process.engine import eks

__all__ = ["UNIQUE_ID", "find_entry", "new_entry"]

UNIQUE_ID = "_principalId"
"""The member of an entry with the principal's unique id; responses leave it out."""

_USERNAME_PREFIXES = ("system:", "eks:", "aws:", "amazon:", "iam:")
_NODES = {"EC2_LINUX": ("system:node:{{EC2PrivateDNSName}}", ("system:nodes",))}
"""The types of entries for nodes in scenarios; AWS has more."""
_ENTRIES = r"/clusters/(?P<cluster>[^/]+)/access-entries"
_ONE = rf"{_ENTRIES}/(?P<principal>(?:(?!/access-policies).)+)"


def find_entry(request: EksRequest) -> dict[str, Any]:
    """Return ministack's record of the access entry that the path names, or raise EKS's error."""
    cluster = _cluster(request)
    entry: dict[str, Any] | None = _entries().get(f"{cluster['name']}\0{request.path['principal']}")
    if entry is None:
        raise not_found(
            "The specified principalArn could not be found. You can view your available access entries with"
            " 'list-access-entries'."
        )
    return entry


@route("GET", _ONE)
def _describe(request: EksRequest) -> dict[str, Any]:
    return {"accessEntry": _shown(find_entry(request))}


def _cluster(request: EksRequest) -> dict[str, Any]:
    """Return ministack's record of the cluster that the path names; raise EKS's error if its mode has no entries."""
    cluster = find_cluster(request.path["cluster"])
    if cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise refused(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this"
            " operation."
        )
    return cluster


def _entries() -> Any:
    return eks("_access_entries")


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if not name.startswith("_")}


@route("POST", _ENTRIES)
def _create(request: EksRequest) -> dict[str, Any]:
    return {"accessEntry": _shown(new_entry(_cluster(request), request.body))}


@route("GET", _ENTRIES)
def _list(request: EksRequest) -> dict[str, Any]:
    cluster = _cluster(request)
    policy = request.argument("associatedPolicyArn")
    policies = eks("_access_policies")
    found = [
        entry["principalArn"]
        for entry in _entries().values()
        if entry["clusterName"] == cluster["name"]
        and (not policy or f"{cluster['name']}\0{entry['principalArn']}\0{policy}" in policies)
    ]
    return page(request, "accessEntries", sorted(found))


@route("POST", _ONE)
def _update(request: EksRequest) -> dict[str, Any]:
    entry = find_entry(request)
    username, groups = request.body.get("username"), request.body.get("kubernetesGroups")
    _check_names(username or "", groups or ())
    if username is not None:
        entry["username"] = username or _generated_username(entry["principalArn"])
    if groups is not None:
        entry["kubernetesGroups"] = list(groups)
    entry["modifiedAt"] = time.time()
    return {"accessEntry": _shown(entry)}


@route("DELETE", _ONE)
def _delete(request: EksRequest) -> dict[str, Any]:
    entry = find_entry(request)
    key = f"{entry['clusterName']}\0{entry['principalArn']}"
    policies = eks("_access_policies")
    for association in [known for known in policies if known.startswith(f"{key}\0")]:
        del policies[association]
    del _entries()[key]
    eks("_tags").pop(entry["accessEntryArn"], None)
    return {}


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
        _check_names(username, groups)
    entries, key = _entries(), f"{cluster['name']}\0{arn}"
    if key in entries:
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
        "username": username or _generated_username(arn),
        "type": kind,
        UNIQUE_ID: unique_id(principal),
    }
    entries[key] = entry
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


def _check_names(username: str, groups: Sequence[str]) -> None:
    for prefix in _USERNAME_PREFIXES:
        if username.startswith(prefix):
            raise invalid(f"The username must not begin with {prefix}")
    for group in groups:
        if group.startswith("system:"):
            raise invalid(f"The kubernetes group name {group} is invalid, it cannot start with system:")


def _generated_username(arn: str) -> str:
    """Return the username of an entry without one: a user's ARN, or a role's session template."""
    principal = Arn.parse(arn)
    if principal.resource_type == "user":
        return arn
    return f"arn:{principal.partition}:sts::{principal.account}:assumed-role/{principal.name}/{{{{SessionName}}}}"
