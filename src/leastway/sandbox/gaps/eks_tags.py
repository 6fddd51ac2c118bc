"""TagResource and UntagResource change the tags in DescribeCluster and in ListTagsForResource.

AWS (Amazon EKS API Reference, TagResource): a resource has one set of tags, which every call returns. ministack: tags
that are set later appear in ListTagsForResource only, and UntagResource removes the first of several keys.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.gaps.eks_api import EksError, EksRequest, route
from leastway.sandbox.process.engine import eks

_STORES = {
    "cluster": ("_clusters", "arn"),
    "nodegroup": ("_nodegroups", "nodegroupArn"),
    "access-entry": ("_access_entries", "accessEntryArn"),
}
_PATH = rf"/tags/(?P<arn>arn:.+:(?P<kind>{'|'.join(_STORES)})/.+)"


def _find(request: EksRequest) -> dict[str, Any]:
    arn = request.path["arn"]
    store, key = _STORES[request.path["kind"]]
    for record in eks(store).values():
        if record[key] == arn:
            found: dict[str, Any] = record
            return found
    raise EksError(404, "NotFoundException", f"No resource found for ARN: {arn}")


@route("GET", _PATH)
def _list(request: EksRequest) -> dict[str, Any]:
    return {"tags": _find(request)["tags"]}


@route("POST", _PATH)
def _tag(request: EksRequest) -> dict[str, Any]:
    record = _find(request)
    return _set(request, {**record["tags"], **request.body.get("tags", {})})


@route("DELETE", _PATH)
def _untag(request: EksRequest) -> dict[str, Any]:
    record = _find(request)
    removed = request.query.get("tagKeys", [])
    return _set(request, {key: value for key, value in record["tags"].items() if key not in removed})


def _set(request: EksRequest, tags: dict[str, str]) -> dict[str, Any]:
    _find(request)["tags"] = tags
    eks("_tags")[request.path["arn"]] = dict(tags)
    return {}
