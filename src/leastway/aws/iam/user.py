"""IAM users: their attached policies and permissions boundary, and inline policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leastway.aws.errors import already_gone, made_moments_ago
from leastway.aws.iam.holder import NOTHING, Holder, Permissions
from leastway.aws.iam.just_made import once_seen
from leastway.aws.iam.kind import Head
from leastway.aws.iam.ours import check_mark
from leastway.aws.iam.paging import every
from leastway.aws.iam.permissions import clear, grant, move, withdraw
from leastway.aws.iam.user_belongings import delete_user
from leastway.aws.tags import new_tags, other_tags, owner_of, tag_dict, tag_list
from leastway.estate import Kind, Mark, Observed, Use, User, mark_tags
from leastway.primitives import Arn

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from leastway.primitives import Clock

__all__ = ["Users"]


class Users:
    """The users of one account."""

    def __init__(self, iam: IAMClient, account: str, clock: Clock) -> None:
        self._iam = iam
        self._account = account
        self._clock = clock

    def listed(self) -> Mapping[str, str]:
        """Return each user's name, by name."""
        return {user["UserName"]: user["UserName"] for user in every(self._iam, "list_users", "Users")}

    def reference(self, wanted: User) -> str:
        """Return the user's name."""
        return wanted.name

    def head(self, reference: str) -> Head | None:
        """Read the user without its policies."""
        try:
            user = self._iam.get_user(UserName=reference)["User"]
        except self._iam.exceptions.NoSuchEntityException:
            return None
        return Head(user["UserName"], user["UserId"], tag_dict(user.get("Tags", ())), user)

    def observed(self, head: Head) -> Observed:
        """Read the user's policies."""
        permissions = self._holder(head.name).read()
        live = User(
            account=self._account,
            name=head.name,
            policies=permissions.policies,
            boundary=head.answer.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            inline=permissions.inline,
            path=head.answer["Path"],
            partition=Arn.parse(head.answer["Arn"]).partition,
            tags=other_tags(head.tags),
        )
        return Observed(live, head.mark, owner_of(head.tags), head.unique_id)

    def used_by(self, head: Head, *, wanted: bool) -> tuple[Use, ...]:
        """Return nothing: everything that blocks deleting a user belongs to the user."""
        return ()

    def create(self, wanted: User, mark: Mark) -> None:
        """Create the user with its mark and boundary, then give it its policies."""
        tags = tag_list({**dict(wanted.tags), **mark_tags(mark)})
        with made_moments_ago(wanted.boundary, where=str(wanted.address)):
            if wanted.boundary:
                self._iam.create_user(
                    UserName=wanted.name, Path=wanted.path, Tags=tags, PermissionsBoundary=wanted.boundary
                )
            else:
                self._iam.create_user(UserName=wanted.name, Path=wanted.path, Tags=tags)
        holder = self._holder(wanted.name)
        once_seen(lambda: grant(holder, NOTHING, _permissions(wanted), wanted.address), self._clock)

    def update(self, live: User, wanted: User, old: Mark | None, mark: Mark) -> None:
        """Mark the user, then change its policies.

        If the boundary changes too: withdraw old policies, change the boundary, grant new policies.
        """
        if new := new_tags(live.tags, wanted.tags, old, mark):
            self._iam.tag_user(UserName=live.name, Tags=tag_list(new))
        holder, before, after = self._holder(live.name), _permissions(live), _permissions(wanted)
        if live.boundary == wanted.boundary:
            move(holder, before, after, wanted.address)
            return
        withdraw(holder, before, after, replaced=True)
        self._set_boundary(wanted)
        grant(holder, before, after, wanted.address)

    def delete(self, live: User, mark: Mark | None) -> None:
        """Delete the user: first its keys, so that it loses access at once, then everything else that blocks it."""
        current = self.head(live.name)
        if current is None:
            return
        check_mark(current, mark, live.address)
        for key in every(self._iam, "list_access_keys", "AccessKeyMetadata", UserName=live.name):
            with already_gone():
                self._iam.delete_access_key(UserName=live.name, AccessKeyId=key["AccessKeyId"])
        clear(self._holder(live.name))
        with already_gone():
            delete_user(self._iam, live.name)

    def _set_boundary(self, wanted: User) -> None:
        if not wanted.boundary:
            with already_gone():
                self._iam.delete_user_permissions_boundary(UserName=wanted.name)
            return
        with made_moments_ago(wanted.boundary, where=str(wanted.address)):
            self._iam.put_user_permissions_boundary(UserName=wanted.name, PermissionsBoundary=wanted.boundary)

    def _holder(self, name: str) -> Holder:
        return Holder(self._iam, Kind.USER, name)


def _permissions(user: User) -> Permissions:
    return Permissions(user.policies, user.inline)
