"""Rules `subject`, `wide-platform` and `identity`: who of the platform comes in.

- A platform with OpenID Connect needs subjects, in the form of its issuer. One that also admits identities of others,
  a principal that is a whole account, and external ids that are not random, need a written reason: `unsafe_reason` of
  the platform.
- Only a platform with a principal of AWS and a list of addresses may hold the long-term keys of an IAM user.
- Where the platform chooses the external id, the grant names it; where it composes one for each role, for each role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.source import quote
from leastway.source import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.external_id_form import ExternalIdForm
    from leastway.grant.model import Profile
    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.grant.subjects import Oidc
    from leastway.source import Node

__all__ = ["check_platform", "needs_reason"]

_REASON = "explain why this platform is needed: `platform: {profile: ..., unsafe_reason: ...}`"


def check_platform(reading: GrantReading) -> Iterator[Problem]:
    """Yield each problem of the platform of a grant, its subjects and its identity."""
    node, profile = reading.tree.root.get("platform"), reading.profile
    if node is None or profile is None:
        return
    reason = node.get("unsafe_reason")
    has_reason = reason is not None and plain(reason) is not None
    if profile.oidc is not None:
        yield from _subjects(reading, node, profile.oidc, has_reason=has_reason)
        yield from _external_ids(reading, profile)
    elif (subjects := node.get("subjects")) is not None:
        message = f"the platform {profile.name} has a principal in AWS, and no tokens with subjects"
        yield reading.tree.problem("subject", subjects, message, "remove `subjects`")
    if profile.is_whole_account and not has_reason:
        message = f"everybody in {profile.principal} could come in: {profile.account_principal_reason}"
        yield reading.tree.problem("wide-platform", node, message, _REASON)
    elif profile.external_id_form is not None and not has_reason:
        message = f"external ids of the form {profile.external_id_form} are not random, so others can know them"
        yield reading.tree.problem("wide-platform", node, message, _REASON)
    if profile.external_id_form is not None:
        yield from _composed_ids(reading, profile, profile.external_id_form)
    elif profile.external_id_reason:
        yield from _named_ids(reading, profile)
    yield from _identity(reading, profile)
    yield from _boundaries(reading)


def needs_reason(reading: GrantReading) -> bool:
    """Return whether the platform, or one of its subjects, admits others, so that it needs a reason."""
    node, profile = reading.tree.root.get("platform"), reading.profile
    if node is None or profile is None:
        return False
    texts = [] if profile.oidc is None else [one.string() or "" for one in node.each("subjects")]
    is_wide = any(profile.oidc is not None and profile.oidc.too_wide(one) for one in texts)
    return is_wide or profile.is_whole_account or profile.external_id_form is not None


def _boundaries(reading: GrantReading) -> Iterator[Problem]:
    """Yield the boundaries of a grant for a user: IAM allows one, and the user's is its own policy."""
    identity = reading.tree.root.get("identity")
    if identity is None or identity.string() != "iam-user":
        return
    for named in (reading.tree.root, *reading.accounts):
        if (node := named.get("permissions_boundary")) is not None:
            message = "a user has one permissions boundary, and that of the platform's user is its own, narrower policy"
            fix = "remove `permissions_boundary`, or let the platform assume a role: identity: trust-role"
            yield reading.tree.problem("identity", node, message, fix)


def _subjects(reading: GrantReading, node: Node, oidc: Oidc, *, has_reason: bool) -> Iterator[Problem]:
    if node.get("subjects") is None:
        name = node.string() or node.string_at("profile") or ""
        fix = f"write platform: {{profile: {name}, subjects: [...]}}, each as {oidc.subject}"
        message = f"everybody who has tokens of {oidc.host} could come in"
        yield reading.tree.problem("subject", node, message, fix)
        return
    seen: set[str] = set()
    for subject in node.each("subjects"):
        text = subject.string()
        if not text:
            continue
        if text in seen:
            message = f"{quote(text)} is listed twice"
            yield reading.tree.problem("duplicate-subject", subject, message, "remove one of them")
        elif why := oidc.why_not_of_form(text):
            yield reading.tree.problem("subject", subject, f"nobody has the subject {quote(text)}: {why}", _form(oidc))
        elif not has_reason and (other := oidc.too_wide(text)):
            message = f"{quote(text)} also admits identities of others, such as {other}"
            fix = f"write it out up to the end of its {oidc.exact_to.replace('_', ' ')}, or explain why it is needed:"
            yield reading.tree.problem("wide-platform", subject, message, f"{fix} `unsafe_reason` of the platform")
        seen.add(text)


def _form(oidc: Oidc) -> str:
    return f"write it as {oidc.subject}"


def _external_ids(reading: GrantReading, profile: Profile) -> Iterator[Problem]:
    for account in reading.accounts:
        for named in (account, *account.each("roles")):
            if (node := named.get("external_id")) is not None:
                message = f"the platform {profile.name} comes in with tokens, which have no external id"
                yield reading.tree.problem("external-id", node, message, "remove `external_id`")


def _named_ids(reading: GrantReading, profile: Profile) -> Iterator[Problem]:
    for account in reading.accounts:
        if account.get("external_id") is None and account.get("id") is not None:
            message = f"the external id of this account is missing: {profile.external_id_reason}"
            fix = "copy it from the platform into `external_id` of the account"
            yield reading.tree.problem("external-id", account.get("id") or account, message, fix)


def _composed_ids(reading: GrantReading, profile: Profile, form: ExternalIdForm) -> Iterator[Problem]:
    """Yield each role without an external id of its own; that of an account is the id of the role for its clusters."""
    for account in reading.accounts:
        named = list(account.each("roles"))
        if account.each("clusters"):
            named.append(account)
        for one in named:
            where = one.get("name") or one.get("id")
            if one.get("external_id") is None and where is not None:
                what = "the role for the clusters of this account" if one is account else "this role"
                why = profile.external_id_reason or "the platform composes it"
                message = f"the external id of {what} is missing: {why}"
                fix = f"write it as the platform composes it, {form}, into `external_id`"
                yield reading.tree.problem("external-id", where, message, fix)


def _identity(reading: GrantReading, profile: Profile) -> Iterator[Problem]:
    node = reading.tree.root.get("identity")
    if node is None or node.string() != "iam-user" or (profile.oidc is None and profile.addresses):
        return
    why = "comes in with tokens" if profile.oidc is not None else "has no list of addresses"
    message = f"the platform {profile.name} {why}, so the long-term keys of a user would work from anywhere"
    yield reading.tree.problem("identity", node, message, "remove `identity`: the platform then assumes a role")
