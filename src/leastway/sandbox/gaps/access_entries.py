"""Operations on access entries.

AWS (Amazon EKS API Reference, CreateAccessEntry and related operations; User Guide, "Create access entries"): every
operation is refused on a cluster in CONFIG_MAP mode; lists are paged; a username that is removed is generated again.
ministack: accepts any mode and any update.

`new_access_entry` checks new entries.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from leastway.sandbox.gaps.eks_api import EksError, EksRequest, find_cluster, page, route
from leastway.sandbox.gaps.new_access_entry import check_names, generated_username, new_entry
from leastway.sandbox.process.engine import eks

__all__ = ["find_entry"]


_ENTRIES = r"/clusters/(?P<cluster>[^/]+)/access-entries"
_ONE = rf"{_ENTRIES}/(?P<principal>(?:(?!/access-policies).)+)"


def find_entry(request: EksRequest) -> dict[str, Any]:
    """Return ministack's record of the access entry that the path names, or raise EKS's error."""
    cluster = _cluster(request)
    entry: dict[str, Any] | None = _entries().get(f"{cluster['name']}\0{request.path['principal']}")
    if entry is None:
        raise EksError(
            404,
            "ResourceNotFoundException",
            "The specified principalArn could not be found. You can view your available access entries with"
            " 'list-access-entries'.",
        )
    return entry


@route("GET", _ONE)
def _describe(request: EksRequest) -> dict[str, Any]:
    return {"accessEntry": _shown(find_entry(request))}


def _cluster(request: EksRequest) -> dict[str, Any]:
    """Return ministack's record of the cluster that the path names; raise EKS's error if its mode has no entries."""
    cluster = find_cluster(request.path["cluster"])
    if cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise EksError(
            400,
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this"
            " operation.",
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
    check_names(username or "", groups or ())
    if username is not None:
        entry["username"] = username or generated_username(entry["principalArn"])
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
