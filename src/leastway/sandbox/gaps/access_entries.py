"""Access entries and their policies.

Operations on access entries.

AWS (Amazon EKS API Reference, CreateAccessEntry and related operations; User Guide, "Create access entries"): every
operation is refused on a cluster in CONFIG_MAP mode; a username that is removed is generated again. ministack: accepts
any mode and any update.

The checks of CreateAccessEntry, and the values that it generates.

AWS (Amazon EKS User Guide, "Create access entries"): the principal must exist and cannot be a session; the username
must not begin with `system:`, `eks:`, `aws:`, `amazon:` or `iam:`, and a group not with `system:`; entries of nodes
have fixed names and groups; a missing username is generated; the entry keeps the principal's unique id, so a principal
that is recreated under the same ARN has no access. ministack: does none of this; it stores what it receives.

Which access policies exist, and where they can be associated.

AWS (Amazon EKS API Reference, AssociateAccessPolicy): a policy's ARN must be one of AWS's own policies (the sandbox has
the general-purpose ones of the User Guide, "Review access policy permissions"), and only the type `namespace` has
namespaces. ministack: any string is a policy, and namespaces of the type `cluster` are ignored.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from leastway.primitives import Arn, Partition
from leastway.sandbox.gaps.authorization import access_entry_arn
from leastway.sandbox.gaps.eks_api import EksError, EksRequest, call, find_cluster, invalid, not_found, refused, route
from leastway.sandbox.gaps.iam_api import find_principal, unique_id
from leastway.sandbox.process.engine import eks

__all__ = ["UNIQUE_ID", "make_admin", "new_entry"]

UNIQUE_ID = "_principalId"
"""The member of an entry with the principal's unique id; responses leave it out."""

_USERNAME_PREFIXES = ("system:", "eks:", "aws:", "amazon:", "iam:")
_NODES = {"EC2_LINUX": ("system:node:{{EC2PrivateDNSName}}", ("system:nodes",))}
"""The types of entries for nodes in scenarios; AWS has more."""
_POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSViewPolicy",
)
_PREFIX = f"arn:{Partition.AWS}:eks::aws:cluster-access-policy/"
_ENTRIES = r"/clusters/(?P<cluster>[^/]+)/access-entries"
_ONE = rf"{_ENTRIES}/(?P<principal>(?:(?!/access-policies).)+)"


def _find_entry(request: EksRequest) -> dict[str, Any]:
    """Return ministack's record of the access entry that the path names, or raise EKS's error."""
    cluster, principal = request.path["cluster"], request.path["principal"]
    entry: dict[str, Any] | None = _entries().get(f"{cluster}\0{principal}")
    if entry is None:
        raise not_found(
            "The specified principalArn could not be found. You can view your available access entries with"
            " 'list-access-entries'."
        )
    return entry


def _entries() -> Any:
    return eks("_access_entries")


@route(rf"\w+ {_ENTRIES}(/.+)?")
def _check_mode(request: EksRequest) -> None:
    if find_cluster(request.path["cluster"])["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise refused(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this"
            " operation."
        )


@route(rf"POST {_ENTRIES}")
def _create(request: EksRequest) -> Any:
    cluster = find_cluster(request.path["cluster"])
    return {"accessEntry": _shown(new_entry(cluster, request.body))}


@route(rf"GET {_ONE}")
def _describe(request: EksRequest) -> Any:
    return {"accessEntry": _shown(_find_entry(request))}


@route(rf"POST {_ONE}")
def _update(request: EksRequest) -> Any:
    entry = _find_entry(request)
    username, groups = request.body.get("username"), request.body.get("kubernetesGroups")
    _check_names(username or "", groups or ())
    if username is not None:
        entry["username"] = username or _generated_username(entry["principalArn"])
    if groups is not None:
        entry["kubernetesGroups"] = list(groups)
    entry["modifiedAt"] = time.time()
    return {"accessEntry": _shown(entry)}


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if not name.startswith("_")}


@route(rf"POST {_ONE}/access-policies")
def _check_association(request: EksRequest) -> None:
    entry = _find_entry(request)
    if entry["type"] != "STANDARD":
        raise refused(f"Access policies cannot be associated with entries of type {entry['type']}")
    policy, scope = request.body.get("policyArn", ""), request.body.get("accessScope") or {}
    if policy.removeprefix(_PREFIX) not in _POLICIES or not policy.startswith(_PREFIX):
        raise invalid("The policyArn parameter format is not valid")
    kind, namespaces = scope.get("type"), scope.get("namespaces")
    if kind not in {"cluster", "namespace"} or (kind == "namespace") != bool(namespaces):
        raise invalid("The accessScope is not valid: namespaces belong to the type namespace, and only to it")


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
    given = {"kubernetesGroups": groups, "username": username or _generated_username(arn), "type": kind}
    entry = {
        **eks("_build_access_entry")(cluster["name"], arn, {**given, "tags": dict(body.get("tags") or {})}),
        "accessEntryArn": access_entry_arn(region, account, cluster["name"], Arn.parse(arn), str(uuid.uuid4())),
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


def make_admin(entry: Mapping[str, Any]) -> None:
    """Associate the policy that allows everything with an access entry, for the whole cluster."""
    path = f"/clusters/{entry['clusterName']}/access-entries/{entry['principalArn']}/access-policies"
    call("POST", path, {"policyArn": f"{_PREFIX}AmazonEKSClusterAdminPolicy", "accessScope": {"type": "cluster"}})
