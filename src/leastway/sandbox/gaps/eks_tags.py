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


@route(rf"(?P<method>\w+) /tags/(?P<arn>arn:.+:(?P<kind>{'|'.join(_STORES)})/.+)")
def _tags(request: EksRequest) -> dict[str, Any]:
    """Answer any of the three operations on tags."""
    arn, (store, key) = request.path["arn"], _STORES[request.path["kind"]]
    record = next((each for each in eks(store).values() if each[key] == arn), None)
    if record is None:
        raise EksError(404, "NotFoundException", f"No resource found for ARN: {arn}")
    removed = request.query.get("tagKeys", [])
    kept = {name: value for name, value in record["tags"].items() if name not in removed}
    record["tags"] = eks("_tags")[arn] = {**kept, **request.body.get("tags", {})}
    return {"tags": record["tags"]} if request.path["method"] == "GET" else {}
