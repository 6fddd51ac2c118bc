"""Access entries of EKS clusters.

Values that EKS fills in by itself are not differences: an empty type means STANDARD, and a generated username counts
as none (EKS User Guide, "Set a custom username for EKS access entries"). An entry is never recreated to change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leastway.aws.errors import already_gone, check_named
from leastway.aws.tags import mark_of, owner_of
from leastway.errors import LeastwayError
from leastway.estate import AccessEntry, Mark, Observed, Place, mark_tags
from leastway.ports import NotThereYetError
from leastway.primitives import Arn

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["AccessEntries", "generated_username"]

_STANDARD = "STANDARD"


def generated_username(principal: str) -> str:
    """Return the username that EKS generates: a user's ARN, or a role's session ARN without the role's path."""
    arn = Arn.parse(principal)
    if arn.resource_type != "role":
        return principal
    return f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{arn.name}/{{{{SessionName}}}}"


class AccessEntries:
    """The access entries of one cluster."""

    def __init__(self, eks: EKSClient, place: Place) -> None:
        self._eks = eks
        self._place = place

    def head(self, principal: str) -> Mapping[str, Any] | None:
        """Return the entry from DescribeAccessEntry, or None if the principal has no entry."""
        try:
            answer = self._eks.describe_access_entry(clusterName=self._place.cluster, principalArn=principal)
        except self._eks.exceptions.ResourceNotFoundException:
            return None
        check_named(principal, answer["accessEntry"]["principalArn"])
        return answer["accessEntry"]

    def observed(self, entry: Mapping[str, Any]) -> Observed:
        """Return the entry in the form that leastway would write."""
        principal, username, tags = entry["principalArn"], entry.get("username", ""), entry.get("tags", {})
        live = AccessEntry(
            place=self._place,
            principal=principal,
            username="" if username == generated_username(principal) else username,
            groups=frozenset(entry.get("kubernetesGroups", ())),
            type=entry.get("type") or _STANDARD,
        )
        return Observed(live, mark_of(tags), owner_of(tags), entry["accessEntryArn"])

    def create(self, wanted: AccessEntry, mark: Mark) -> None:
        """Create the entry, marked with the grant and the unique id of its principal."""
        named = {"username": wanted.username} if wanted.username else {}
        try:
            self._eks.create_access_entry(
                clusterName=self._place.cluster,
                principalArn=wanted.principal,
                kubernetesGroups=sorted(wanted.groups),
                type=wanted.type,
                tags=mark_tags(mark),
                **named,
            )
        except self._eks.exceptions.ResourceInUseException as error:
            if self.head(wanted.principal) is None:
                raise NotThereYetError(
                    "its previous entry is still being deleted", where=str(wanted.address)
                ) from error
            raise

    def update(self, live: AccessEntry, wanted: AccessEntry, old: Mark | None, mark: Mark) -> None:
        """Update the mark, keeping the principal's id if no new one is known; then the groups and username."""
        kept = Mark(mark.grant, mark.principal_id or (old.principal_id if old else ""))
        if old != kept:
            current = self.head(live.principal)
            if current is None:
                raise LeastwayError("it no longer exists", where=str(wanted.address), fix="plan again")
            self._eks.tag_resource(resourceArn=current["accessEntryArn"], tags=mark_tags(kept))
        if (live.groups, live.username) != (wanted.groups, wanted.username):
            self._eks.update_access_entry(
                clusterName=self._place.cluster,
                principalArn=wanted.principal,
                kubernetesGroups=sorted(wanted.groups),
                username=wanted.username or generated_username(wanted.principal),
            )

    def delete(self, live: AccessEntry, mark: Mark | None) -> None:
        """Delete the entry, and its access policies with it."""
        current = self.head(live.principal)
        if current is None:
            return
        if mark_of(current.get("tags", {})) != mark:
            raise LeastwayError("its mark has changed since the plan", where=str(live.address), fix="plan again")
        with already_gone():
            self._eks.delete_access_entry(clusterName=self._place.cluster, principalArn=live.principal)
