"""Other access in one account's IAM, outside the grant's objects.

1. Users and roles whose names begin with the platform's names, which `observe` reads anyway.
2. Roles of any name whose trust policy names the platform or a principal of the grant: ListRoles returns all of them.
3. For the grant's live user: more than one access key, a console password, groups and their policies.
4. The managed policies of live principals that are not objects of the grant.
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
from leastway.aws.observing import find_sightings
from leastway.errors import LeastwayError, in_words
from leastway.estate import (
    Group,
    Kind,
    ManagedPolicy,
    Observed,
    OtherAccess,
    Place,
    Role,
    Sighting,
    TrustingRole,
    User,
    Watch,
    Way,
    Weight,
    is_identity_provider,
    named_by,
)
from leastway.policy import PolicyKind
from leastway.ports import unknown_sighting

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from leastway.aws.iam.access_key import AccessKeys
    from leastway.aws.iam.kind import Head
    from leastway.aws.iam.policy_texts import PolicyTexts

__all__ = ["Stranger", "Surroundings", "around_boundaries"]

_MEANT = "remove it where it was created, or add it to the grant"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A user or role with a name like the platform's that is not part of the grant."""

    kind: Kind
    head: Head


class Surroundings:
    """A search for other access in one account's IAM."""

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
    ) -> OtherAccess:
        """Return all other access; `roles` are the account's roles from ListRoles, by name."""
        live = [one.object for one in objects]
        known = {one.name for one in live if isinstance(one, Role)}
        marks = {one.head.name: one.head.mark.grant for one in strangers if one.kind is Kind.ROLE and one.head.mark}
        found = OtherAccess(tuple(self._stranger(one, watch) for one in strangers))
        found += self._trusting(watch, {name: role for name, role in roles.items() if name not in known}, marks)
        for user in (one for one in live if isinstance(one, User) and one.arn in watch.principals):
            found += OtherAccess(tuple(self._credentials(user)))
            found += self._groups(user)
        held = {arn for one in live if isinstance(one, User | Role) for arn in {*one.policies, one.boundary}}
        held |= {arn for groups in found.groups.values() for group in groups for arn in group.policies}
        held -= {one.arn for one in live if isinstance(one, ManagedPolicy)}
        return found + self._texts.read(held - {""})

    def _stranger(self, one: Stranger, watch: Watch) -> Sighting:
        """Return the sighting. A mark changes nothing: it is a tag, and anyone can set it."""
        what = f"{one.kind.value} {one.head.name}"
        mark = one.head.mark
        whose = f"it carries the mark of grant {mark.grant!r}" if mark else "leastway did not create it"
        if one.kind is Kind.USER and one.head.name.lower() == watch.user.lower():
            text = f"an IAM user with the platform's name exists, the grant asks for none, and {whose}"
            return Sighting(self._place, Way.USER, what, text, fix=_MEANT)
        text = f"its name begins with the platform's prefix, and {whose}"
        return Sighting(self._place, Way(one.kind.value), what, text, Weight.REMARK)

    def _trusting(self, watch: Watch, roles: Mapping[str, Mapping[str, Any]], marks: Mapping[str, str]) -> OtherAccess:
        """Return the roles that trust a watched principal; a trust policy that does not parse may trust anyone."""
        tokens = [*watch.principals, watch.outsider, '"*"']
        if not is_identity_provider(watch.outsider):
            tokens.append(watch.outsider.split(":")[4])
        found: list[TrustingRole] = []
        problems: list[Sighting] = []
        for name, role in sorted(roles.items()):
            raw = role.get("AssumeRolePolicyDocument", "")
            text = raw if isinstance(raw, str) else json.dumps(raw)
            if not any(token in text for token in tokens) and ":assumed-role/" not in text:
                continue
            try:
                trust = read_document(raw, PolicyKind.TRUST, f"trust policy of {name}")
            except LeastwayError as error:
                problems.append(unknown_sighting(self._place, Way.TRUST, f"role {name}", error))
                continue
            if any(named_by(trust, watch)):
                found.append(TrustingRole(self._place, role["Arn"], trust, role["RoleId"], marks.get(name, "")))
        return OtherAccess(tuple(problems), trusting_roles=tuple(found))

    def _credentials(self, user: User) -> Iterator[Sighting]:
        what = f"user {user.name}"
        yield from find_sightings(self._place, Way.ACCESS_KEY, what, lambda: self._spare_keys(user))
        yield from find_sightings(self._place, Way.PASSWORD, what, lambda: self._password(user))

    def _spare_keys(self, user: User) -> Iterator[Sighting]:
        keys = sorted(self._keys.seen(user.name))
        if len(keys) > 1:
            text = f"it has {len(keys)} access keys, {' and '.join(keys)}, and the grant asks for one"
            fix = (
                "if a rotation is in progress, continue it (leastway rotate); otherwise delete the one that should not"
                " be used (aws iam get-access-key-last-used)"
            )
            yield Sighting(self._place, Way.ACCESS_KEY, f"user {user.name}", text, fix=fix)

    def _password(self, user: User) -> Iterator[Sighting]:
        try:
            self._iam.get_login_profile(UserName=user.name)
        except self._iam.exceptions.ClientError as error:
            if code_of(error) not in GONE:
                raise
            return
        text = "it has a console password, which the grant does not give it"
        fix = f"aws iam delete-login-profile --user-name {user.name}"
        yield Sighting(self._place, Way.PASSWORD, f"user {user.name}", text, fix=fix)

    def _groups(self, user: User) -> OtherAccess:
        try:
            with aws_errors(str(self._place)):
                listed = every(self._iam, "list_groups_for_user", "Groups", UserName=user.name)
                groups = tuple(self._group(group["GroupName"]) for group in listed)
        except LeastwayError as error:
            problem = unknown_sighting(self._place, Way.GROUP, f"user {user.name}", error)
            return OtherAccess((problem,), unread={user.arn: in_words(error)[0]})
        return OtherAccess(tuple(self._membership(user, group) for group in groups), groups={user.arn: groups})

    def _group(self, name: str) -> Group:
        permissions = Holder(self._iam, "group", name).read()
        return Group(name, permissions.policies, permissions.inline)

    def _membership(self, user: User, group: Group) -> Sighting:
        policies = sorted(arn.rpartition("/")[2] for arn in group.policies) + [name for name, _ in group.inline]
        text = f"it is in the group {group.name}, which gives it {', '.join(policies) or 'no policy'}"
        fix = f"aws iam remove-user-from-group --user-name {user.name} --group-name {group.name}"
        return Sighting(self._place, Way.GROUP, f"user {user.name}", text, fix=fix)


def around_boundaries(objects: Iterable[Observed]) -> set[str]:
    """Return the ARNs to read for judging the permissions boundaries of roles: the boundaries and the roles' policies.

    Policies that are objects themselves are left out.
    """
    live = [one.object for one in objects]
    bounded = [one for one in live if isinstance(one, Role) and one.boundary]
    found = {arn for one in bounded for arn in {one.boundary, *one.policies}}
    return found - {one.arn for one in live if isinstance(one, ManagedPolicy)}
