"""What one account's IAM holds beside the grant's objects.

1. Users and roles whose names begin like the platform's, which `observe` had to look at anyway.
2. Roles of any name whose trust policy names the platform or a principal of the grant: ListRoles tells all trusts.
3. Of the grant's live user: more access keys than one, a console password, groups and their policies.
4. The managed policies that live principals have and that are no objects of the grant.
Sources: IAM API Reference, ListRoles (AssumeRolePolicyDocument), ListGroupsForUser, GetLoginProfile.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leastway.aws.errors import GONE, aws_errors, code_of
from leastway.aws.iam.documents import read_document
from leastway.aws.iam.holder import Holder
from leastway.aws.iam.paging import every
from leastway.aws.observing import looked
from leastway.errors import LeastwayError, in_words
from leastway.estate import (
    Beside,
    Group,
    Kind,
    ManagedPolicy,
    Observed,
    Place,
    Role,
    Sighting,
    Trusting,
    User,
    Watch,
    Way,
    Weight,
    named_by,
)
from leastway.policy import PolicyKind
from leastway.ports import not_looked_at

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from leastway.aws.iam.access_key import AccessKeys
    from leastway.aws.iam.kind import Head
    from leastway.aws.iam.policy_texts import PolicyTexts

__all__ = ["Stranger", "Surroundings", "around_boundaries"]

_MEANT = "take it away where it was made, or let the grant ask for it"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A user or role with a name like the platform's that is not of the grant."""

    kind: Kind
    head: Head


class Surroundings:
    """Looks around in one account's IAM."""

    def __init__(self, iam: IAMClient, place: Place, texts: PolicyTexts, keys: AccessKeys) -> None:
        self._iam: Any = iam
        self._place = place
        self._texts = texts
        self._keys = keys

    def look(
        self,
        watch: Watch,
        objects: Iterable[Observed],
        strangers: Sequence[Stranger],
        roles: Mapping[str, Mapping[str, Any]],
    ) -> Beside:
        """Look around; `roles` are those of the account as ListRoles shows them, by name."""
        live = [one.object for one in objects]
        known = {one.name for one in live if isinstance(one, Role)}
        marks = {one.head.name: one.head.mark.grant for one in strangers if one.kind is Kind.ROLE and one.head.mark}
        found = Beside(tuple(self._stranger(one, watch) for one in strangers))
        found += self._trusting(watch, {name: role for name, role in roles.items() if name not in known}, marks)
        for user in (one for one in live if isinstance(one, User) and one.arn in watch.principals):
            found += Beside(tuple(self._credentials(user)))
            found += self._groups(user)
        held = {arn for one in live if isinstance(one, User | Role) for arn in {*one.policies, one.boundary}}
        held |= {arn for groups in found.groups.values() for group in groups for arn in group.policies}
        held -= {one.arn for one in live if isinstance(one, ManagedPolicy)}
        return found + self._texts.read(held - {""})

    def _stranger(self, one: Stranger, watch: Watch) -> Sighting:
        """Say what it is; a mark is a tag, which others may set, and makes it no better."""
        what = f"{one.kind.value} {one.head.name}"
        mark = one.head.mark
        whose = f"it carries the mark of the grant {mark.grant!r}" if mark else "leastway did not make it"
        if one.kind is Kind.USER and one.head.name.lower() == watch.user.lower():
            text = f"an IAM user of the platform's name is there, the grant asks for none, and {whose}"
            return Sighting(self._place, Way.USER, what, text, fix=_MEANT)
        text = f"its name begins like the platform's, and {whose}"
        return Sighting(self._place, Way(one.kind.value), what, text, Weight.REMARK)

    def _trusting(self, watch: Watch, roles: Mapping[str, Mapping[str, Any]], marks: Mapping[str, str]) -> Beside:
        """Return the roles that name somebody to look for; a trust policy that does not parse may name anybody."""
        tokens = [*watch.principals, watch.outsider, watch.outsider.split(":")[4], '"*"']
        found: list[Trusting] = []
        problems: list[Sighting] = []
        for name, role in sorted(roles.items()):
            raw = role.get("AssumeRolePolicyDocument", "")
            text = raw if isinstance(raw, str) else json.dumps(raw)
            if not any(token in text for token in tokens) and ":assumed-role/" not in text:
                continue
            try:
                trust = read_document(raw, PolicyKind.TRUST, f"trust policy of {name}")
            except LeastwayError as error:
                problems.append(not_looked_at(self._place, Way.TRUST, f"role {name}", error))
                continue
            if any(named_by(trust, watch)):
                found.append(Trusting(self._place, role["Arn"], trust, role["RoleId"], marks.get(name, "")))
        return Beside(tuple(problems), trusting=tuple(found))

    def _credentials(self, user: User) -> Iterator[Sighting]:
        what = f"user {user.name}"
        yield from looked(self._place, Way.ACCESS_KEY, what, lambda: self._spare_keys(user))
        yield from looked(self._place, Way.PASSWORD, what, lambda: self._password(user))

    def _spare_keys(self, user: User) -> Iterator[Sighting]:
        keys = sorted(self._keys.seen(user.name))
        if len(keys) > 1:
            text = f"it has {len(keys)} access keys, {' and '.join(keys)}, and the grant is for one"
            fix = "delete the one that nobody should use (aws iam get-access-key-last-used)"
            yield Sighting(self._place, Way.ACCESS_KEY, f"user {user.name}", text, fix=fix)

    def _password(self, user: User) -> Iterator[Sighting]:
        try:
            self._iam.get_login_profile(UserName=user.name)
        except self._iam.exceptions.ClientError as error:
            if code_of(error) not in GONE:
                raise
            return
        text = "it has a password for the console, and the grant gives it none"
        fix = f"aws iam delete-login-profile --user-name {user.name}"
        yield Sighting(self._place, Way.PASSWORD, f"user {user.name}", text, fix=fix)

    def _groups(self, user: User) -> Beside:
        try:
            with aws_errors(str(self._place)):
                listed = every(self._iam, "list_groups_for_user", "Groups", UserName=user.name)
                groups = tuple(self._group(group["GroupName"]) for group in listed)
        except LeastwayError as error:
            problem = not_looked_at(self._place, Way.GROUP, f"user {user.name}", error)
            return Beside((problem,), unread={user.arn: in_words(error)[0]})
        return Beside(tuple(self._membership(user, group) for group in groups), groups={user.arn: groups})

    def _group(self, name: str) -> Group:
        permissions = Holder(self._iam, "group", name).read()
        return Group(name, permissions.policies, permissions.inline)

    def _membership(self, user: User, group: Group) -> Sighting:
        policies = sorted(arn.rpartition("/")[2] for arn in group.policies) + [name for name, _ in group.inline]
        text = f"it is in the group {group.name}, which brings {', '.join(policies) or 'no policy'}"
        fix = f"aws iam remove-user-from-group --user-name {user.name} --group-name {group.name}"
        return Sighting(self._place, Way.GROUP, f"user {user.name}", text, fix=fix)


def around_boundaries(objects: Iterable[Observed]) -> set[str]:
    """Return the ARNs of what is read to say what permissions boundaries of roles leave: them, and what they bound.

    Policies that are objects themselves are not among them.
    """
    live = [one.object for one in objects]
    bounded = [one for one in live if isinstance(one, Role) and one.boundary]
    found = {arn for one in bounded for arn in {one.boundary, *one.policies}}
    return found - {one.arn for one in live if isinstance(one, ManagedPolicy)}
