"""IAM roles: their trust policies, and the policies of their sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leastway.aws.errors import already_gone
from leastway.aws.iam.documents import read_document
from leastway.aws.iam.holder import NOTHING, Holder, Permissions
from leastway.aws.iam.just_made import once_seen
from leastway.aws.iam.kind import Head
from leastway.aws.iam.ours import check_mark
from leastway.aws.iam.paging import every
from leastway.aws.iam.permissions import clear, grant, move, withdraw
from leastway.aws.tags import new_tags, other_tags, owner_of, tag_dict, tag_list
from leastway.errors import LeastwayError
from leastway.estate import Kind, Mark, Observed, Role, Use, mark_tags, same_callers
from leastway.policy import PolicyKind, render_text, same_meaning
from leastway.primitives import Arn

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from leastway.primitives import Clock

__all__ = ["Roles"]


class Roles:
    """The roles of one account."""

    def __init__(self, iam: IAMClient, account: str, clock: Clock) -> None:
        self._iam = iam
        self._account = account
        self._clock = clock
        self.last_listed: Mapping[str, Mapping[str, Any]] = {}
        """The roles from the last ListRoles, by name."""

    def listed(self) -> Mapping[str, str]:
        """Return each role's name, by name."""
        self.last_listed = {role["RoleName"]: role for role in every(self._iam, "list_roles", "Roles")}
        return {name: name for name in self.last_listed}

    def reference(self, wanted: Role) -> str:
        """Return the role's name."""
        return wanted.name

    def head(self, reference: str) -> Head | None:
        """Read the role without its policies."""
        try:
            role = self._iam.get_role(RoleName=reference)["Role"]
        except self._iam.exceptions.NoSuchEntityException:
            return None
        return Head(role["RoleName"], role["RoleId"], tag_dict(role.get("Tags", ())), role)

    def observed(self, head: Head) -> Observed:
        """Read the role's policies."""
        role, permissions = head.answer, self._holder(head.name).read()
        live = Role(
            account=self._account,
            name=head.name,
            trust=read_document(role["AssumeRolePolicyDocument"], PolicyKind.TRUST, "trust policy"),
            inline=permissions.inline,
            policies=permissions.policies,
            max_session=role.get("MaxSessionDuration", 3600),
            path=role["Path"],
            description=role.get("Description", ""),
            partition=Arn.parse(role["Arn"]).partition,
            boundary=role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            tags=other_tags(head.tags),
        )
        return Observed(live, head.mark, owner_of(head.tags), head.unique_id)

    def used_by(self, head: Head, *, wanted: bool) -> tuple[Use, ...]:
        """Read the role's instance profiles, which matter only when it is to be deleted."""
        return () if wanted else tuple(Use("instance profile", name) for name in self._instance_profiles(head.name))

    def create(self, wanted: Role, mark: Mark) -> None:
        """Create the role with its mark, then give it its policies."""
        bounded = {"PermissionsBoundary": wanted.boundary} if wanted.boundary else {}
        self._iam.create_role(
            RoleName=wanted.name,
            Path=wanted.path,
            AssumeRolePolicyDocument=render_text(wanted.trust),
            Description=wanted.description,
            MaxSessionDuration=wanted.max_session,
            Tags=tag_list({**dict(wanted.tags), **mark_tags(mark)}),
            **bounded,
        )
        holder = self._holder(wanted.name)
        once_seen(lambda: grant(holder, NOTHING, _permissions(wanted), wanted.address), self._clock)

    def update(self, live: Role, wanted: Role, old: Mark | None, mark: Mark) -> None:
        """Mark the role, then change what differs, in the order described in `permissions`.

        A permissions boundary of the grant is set first; one that the grant does not ask for stays.
        """
        if new := new_tags(live.tags, wanted.tags, old, mark):
            self._iam.tag_role(RoleName=live.name, Tags=tag_list(new))
        if wanted.boundary and live.boundary != wanted.boundary:
            self._iam.put_role_permissions_boundary(RoleName=live.name, PermissionsBoundary=wanted.boundary)
        holder, before, after = self._holder(live.name), _permissions(live), _permissions(wanted)
        if same_callers(live.trust, wanted.trust):
            self._set_trust(live, wanted)
            move(holder, before, after, wanted.address)
        else:
            withdraw(holder, before, after, replaced=True)
            self._set_trust(live, wanted)
            grant(holder, before, after, wanted.address)
        if live.max_session != wanted.max_session:
            self._iam.update_role(RoleName=live.name, MaxSessionDuration=wanted.max_session)
        if live.description != wanted.description:  # UpdateRole resets an omitted session duration to one hour
            self._iam.update_role_description(RoleName=live.name, Description=wanted.description)

    def delete(self, live: Role, mark: Mark | None) -> None:
        """Delete the role and its policies, unless it is in an instance profile."""
        current = self.head(live.name)
        if current is None:
            return
        check_mark(current, mark, live.address)
        self._check_no_instances(live)
        clear(self._holder(live.name))
        with already_gone():
            self._iam.delete_role(RoleName=live.name)

    def _set_trust(self, live: Role, wanted: Role) -> None:
        if not same_meaning(live.trust, wanted.trust):
            self._iam.update_assume_role_policy(RoleName=live.name, PolicyDocument=render_text(wanted.trust))

    def _check_no_instances(self, live: Role) -> None:
        if names := self._instance_profiles(live.name):
            raise LeastwayError(
                f"it is still used by EC2 instances through the instance profile {', '.join(names)}",
                where=str(live.address),
                fix="remove it from the instance profile first, then run the same command again",
            )

    def _instance_profiles(self, role: str) -> list[str]:
        found = every(self._iam, "list_instance_profiles_for_role", "InstanceProfiles", RoleName=role)
        return sorted(profile["InstanceProfileName"] for profile in found)

    def _holder(self, name: str) -> Holder:
        return Holder(self._iam, Kind.ROLE, name)


def _permissions(role: Role) -> Permissions:
    return Permissions(role.policies, role.inline)
