"""Customer managed policies.

A policy is changed by creating a new default version, never by deleting the policy. IAM keeps five versions, so the
oldest that is not the default is deleted when there is no room (IAM User Guide, "Versioning IAM policies").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leastway.aws.errors import already_gone
from leastway.aws.iam.documents import read_document
from leastway.aws.iam.holder import Holder
from leastway.aws.iam.kind import Head
from leastway.aws.iam.ours import check_mark
from leastway.aws.iam.paging import every
from leastway.aws.paging import pages
from leastway.aws.tags import mark_of, owner_of, tag_dict, tag_list
from leastway.errors import LeastwayError
from leastway.estate import Kind, ManagedPolicy, Mark, Observed, Use, mark_tags
from leastway.policy import PolicyKind, render_text, same_meaning
from leastway.primitives import Arn

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

__all__ = ["ManagedPolicies"]


class ManagedPolicies:
    """The managed policies of one account."""

    def __init__(self, iam: IAMClient, account: str) -> None:
        self._iam = iam
        self._account = account

    def listed(self) -> Mapping[str, str]:
        """Return the ARN of each customer managed policy, by name."""
        found = every(self._iam, "list_policies", "Policies", Scope="Local")
        return {policy["PolicyName"]: policy["Arn"] for policy in found}

    def reference(self, wanted: ManagedPolicy) -> str:
        """Return the policy's ARN."""
        return wanted.arn

    def head(self, reference: str) -> Head | None:
        """Read the policy without its document."""
        try:
            policy = self._iam.get_policy(PolicyArn=reference)["Policy"]
        except self._iam.exceptions.NoSuchEntityException:
            return None
        return Head(policy["PolicyName"], policy["PolicyId"], tag_dict(policy.get("Tags", ())), policy)

    def observed(self, head: Head) -> Observed:
        """Read the default version."""
        policy = head.answer
        version = self._iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        live = ManagedPolicy(
            account=self._account,
            name=head.name,
            document=read_document(version["PolicyVersion"]["Document"], PolicyKind.IDENTITY, policy["Arn"]),
            path=policy["Path"],
            description=policy.get("Description", ""),
            partition=Arn.parse(policy["Arn"]).partition,
        )
        return Observed(live, head.mark, owner_of(head.tags), head.unique_id)

    def used_by(self, head: Head, *, wanted: bool) -> tuple[Use, ...]:
        """Read which users, roles and groups have the policy attached or as their boundary, and who owns them."""
        arn = head.answer["Arn"]
        found = ((kind, name, self._tags(kind, name, arn)) for kind, name in self._listed_holders(arn))
        return tuple(
            Use(kind.lower(), name, mark_of(tags), owner_of(tags)) for kind, name, tags in found if tags is not None
        )

    def create(self, wanted: ManagedPolicy, mark: Mark) -> None:
        """Create the policy with its mark."""
        self._iam.create_policy(
            PolicyName=wanted.name,
            Path=wanted.path,
            PolicyDocument=render_text(wanted.document),
            Description=wanted.description,
            Tags=tag_list(mark_tags(mark)),
        )

    def update(self, live: ManagedPolicy, wanted: ManagedPolicy, old: Mark | None, mark: Mark) -> None:
        """Mark the policy, then make the desired document its default version."""
        if old != mark:
            self._iam.tag_policy(PolicyArn=live.arn, Tags=tag_list(mark_tags(mark)))
        if same_meaning(live.document, wanted.document):
            return
        document = render_text(wanted.document)
        try:
            self._iam.create_policy_version(PolicyArn=live.arn, PolicyDocument=document, SetAsDefault=True)
        except self._iam.exceptions.LimitExceededException:
            with already_gone():
                self._iam.delete_policy_version(PolicyArn=live.arn, VersionId=self._spare_versions(live.arn)[0])
            self._iam.create_policy_version(PolicyArn=live.arn, PolicyDocument=document, SetAsDefault=True)

    def delete(self, live: ManagedPolicy, mark: Mark | None) -> None:
        """Delete the policy and its versions, unless it is still used."""
        current = self.head(live.arn)
        if current is None:
            return
        check_mark(current, mark, live.address)
        self._check_unused(live)
        for version in self._spare_versions(live.arn):
            with already_gone():
                self._iam.delete_policy_version(PolicyArn=live.arn, VersionId=version)
        with already_gone():
            self._iam.delete_policy(PolicyArn=live.arn)

    def _spare_versions(self, arn: str) -> list[str]:
        """Return the versions that are not the default, oldest first."""
        found = every(self._iam, "list_policy_versions", "Versions", PolicyArn=arn)
        spare = [version["VersionId"] for version in found if not version["IsDefaultVersion"]]
        return sorted(spare, key=lambda version: int(version.removeprefix("v")))

    def _check_unused(self, live: ManagedPolicy) -> None:
        """Refuse if a user, role or group has the policy attached or as its boundary."""
        holders = [
            f"{kind.lower()} {name}"
            for kind, name in self._listed_holders(live.arn)
            if kind == "Group" or self._holds(kind, name, live.arn)
        ]
        if holders:
            raise LeastwayError(
                f"it is still used by {', '.join(holders)}",
                where=str(live.address),
                fix="detach it there (a permissions boundary counts too), then run the same command again",
            )

    def _listed_holders(self, arn: str) -> list[tuple[str, str]]:
        kinds = {f"Policy{kind}s": kind for kind in ("User", "Role", "Group")}
        return [
            (kind, entity[f"{kind}Name"])
            for page in pages(self._iam, "list_entities_for_policy", tuple(kinds), "Marker", PolicyArn=arn)
            for member, kind in kinds.items()
            for entity in page[member]
        ]

    def _tags(self, kind: str, name: str, arn: str) -> Mapping[str, str] | None:
        """Return a holder's tags (groups have none), or None if it no longer has the policy."""
        if kind == "Group":
            return {}
        if not self._holds(kind, name, arn):
            return None
        try:
            if kind == "User":
                return tag_dict(self._iam.get_user(UserName=name)["User"].get("Tags", ()))
            return tag_dict(self._iam.get_role(RoleName=name)["Role"].get("Tags", ()))
        except self._iam.exceptions.NoSuchEntityException:
            return None

    def _holds(self, kind: str, name: str, arn: str) -> bool:
        """Return whether the user or role itself still has the policy: the list may still show a detached one."""
        holder = Holder(self._iam, Kind.USER if kind == "User" else Kind.ROLE, name)
        try:
            return arn == holder.boundary() or arn in holder.attached()
        except self._iam.exceptions.NoSuchEntityException:
            return False
