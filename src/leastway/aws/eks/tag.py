"""Our tag on a cluster or node group: the tag that the platform's policy requires, and a second tag that marks it.

One call sets both, and one call removes both. If somebody removed the tag and left its mark, it is observed as a tag
with an empty value, so that it is fixed or removed like any other. Its owner is the owner of the resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.aws.eks.discovery import describe_cluster
from leastway.aws.errors import already_gone, check_named
from leastway.aws.tags import owner_of
from leastway.errors import LeastwayError
from leastway.estate import ClusterTag, Mark, NodegroupTag, Observed, Place, key_mark
from leastway.ports import AlreadyThereError

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["OurTag", "Tags", "observed_tag"]

OurTag = ClusterTag | NodegroupTag


def observed_tag(tag: OurTag, tags: Mapping[str, str]) -> Observed | None:
    """Return `tag` with its value in `tags`, or None if `tags` has neither it nor its mark."""
    grant = tags.get(key_mark(tag.key))
    if tag.key not in tags and grant is None:
        return None
    return Observed(replace(tag, value=tags.get(tag.key, "")), Mark(grant) if grant else None, owner_of(tags))


class Tags:
    """Our tags on one cluster and its node groups."""

    def __init__(self, eks: EKSClient, place: Place) -> None:
        self._eks = eks
        self._place = place

    def create(self, wanted: OurTag, mark: Mark) -> None:
        """Set the tag and its mark, unless a tag with this key exists."""
        arn, tags = self._resource(wanted)
        if wanted.key in tags:
            raise AlreadyThereError(
                f"the tag {wanted.key}={tags[wanted.key]} already exists", where=str(wanted.address), fix="plan again"
            )
        self._set(arn, wanted, mark)

    def update(self, live: OurTag, wanted: OurTag, old: Mark | None, mark: Mark) -> None:  # one call sets both
        """Set the tag and its mark."""
        arn, _ = self._resource(wanted)
        self._set(arn, wanted, mark)

    def delete(self, live: OurTag, mark: Mark | None) -> None:
        """Remove the tag and its mark, unless the mark has changed."""
        with already_gone():
            arn, tags = self._resource(live)
            found = observed_tag(live, tags)
            if found is None:
                return
            if found.mark != mark:
                raise LeastwayError("its mark has changed since the plan", where=str(live.address), fix="plan again")
            self._eks.untag_resource(resourceArn=arn, tagKeys=[live.key, key_mark(live.key)])

    def _set(self, arn: str, tag: OurTag, mark: Mark) -> None:
        self._eks.tag_resource(resourceArn=arn, tags={tag.key: tag.value, key_mark(tag.key): mark.grant})

    def _resource(self, tag: OurTag) -> tuple[str, Mapping[str, str]]:
        if isinstance(tag, ClusterTag):
            cluster = describe_cluster(self._eks, self._place)
            return cluster["arn"], cluster.get("tags", {})
        group = self._eks.describe_nodegroup(clusterName=self._place.cluster, nodegroupName=tag.nodegroup)["nodegroup"]
        check_named(tag.nodegroup, group["nodegroupName"])
        return group["nodegroupArn"], group.get("tags", {})
