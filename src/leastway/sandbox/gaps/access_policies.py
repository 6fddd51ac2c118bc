"""Access policies: which exist, and where they can be associated.

AWS (Amazon EKS API Reference, AssociateAccessPolicy): a policy's ARN must be one of AWS's own policies (the sandbox has
the general-purpose ones of the User Guide, "Review access policy permissions"); associating a policy again changes its
scope; lists are paged. ministack: any string is a policy, and lists are cut off.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from leastway.primitives import Partition
from leastway.sandbox.gaps.access_entries import find_entry
from leastway.sandbox.gaps.eks_api import EksRequest, invalid, not_found, page, refused, route
from leastway.sandbox.process.engine import eks

__all__ = ["make_admin"]

_POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSViewPolicy",
)
_PREFIX = f"arn:{Partition.AWS}:eks::aws:cluster-access-policy/"
_ENTRY = r"/clusters/(?P<cluster>[^/]+)/access-entries/(?P<principal>.+?)/access-policies"


def _associations() -> Any:
    return eks("_access_policies")


@route("POST", _ENTRY)
def _associate(request: EksRequest) -> dict[str, Any]:
    entry = find_entry(request)
    if entry["type"] != "STANDARD":
        raise refused(f"Access policies cannot be associated with entries of type {entry['type']}")
    policy, scope = request.body.get("policyArn", ""), request.body.get("accessScope") or {}
    if policy.removeprefix(_PREFIX) not in _POLICIES or not policy.startswith(_PREFIX):
        raise invalid("The policyArn parameter format is not valid")
    kind, namespaces = scope.get("type"), list(scope.get("namespaces") or [])
    if kind not in {"cluster", "namespace"} or (kind == "namespace") != bool(namespaces):
        raise invalid("The accessScope is not valid: namespaces belong to the type namespace, and only to it")
    return {
        "clusterName": entry["clusterName"],
        "principalArn": entry["principalArn"],
        "associatedAccessPolicy": _associated(entry, policy, {"type": kind, "namespaces": namespaces}),
    }


def make_admin(entry: Mapping[str, Any]) -> None:
    """Associate the policy that allows everything with an access entry, for the whole cluster."""
    _associated(entry, f"{_PREFIX}AmazonEKSClusterAdminPolicy", {"type": "cluster", "namespaces": []})


def _associated(entry: Mapping[str, Any], policy: str, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Associate the policy with this ARN with an access entry, or change the scope of its association."""
    key = f"{entry['clusterName']}\0{entry['principalArn']}\0{policy}"
    now = time.time()
    since = _associations().get(key, {}).get("associatedAt", now)
    associated = {"policyArn": policy, "accessScope": scope, "associatedAt": since, "modifiedAt": now}
    _associations()[key] = associated
    return associated


@route("GET", _ENTRY)
def _list(request: EksRequest) -> dict[str, Any]:
    entry = find_entry(request)
    prefix = f"{entry['clusterName']}\0{entry['principalArn']}\0"
    found = [association for key, association in _associations().items() if key.startswith(prefix)]
    answer = page(request, "associatedAccessPolicies", found)
    return {"clusterName": entry["clusterName"], "principalArn": entry["principalArn"], **answer}


@route("DELETE", rf"{_ENTRY}/(?P<policy>.+)")
def _disassociate(request: EksRequest) -> dict[str, Any]:
    entry = find_entry(request)
    key = f"{entry['clusterName']}\0{entry['principalArn']}\0{request.path['policy']}"
    if _associations().pop(key, None) is None:
        raise not_found("The specified policyArn could not be found on the access entry.")
    return {}
