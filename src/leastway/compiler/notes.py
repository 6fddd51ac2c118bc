"""Notes on a grant: what is dangerous on purpose, with its reason, and common pitfalls."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.compiler.compile import names_regions_only
from leastway.estate import Note
from leastway.grant import (
    Account,
    Grant,
    GroupAccess,
    PolicyFile,
    Profile,
    bundled_profiles,
    diff_profiles,
    profile_digest,
    profile_name,
)
from leastway.primitives import Arn

__all__ = ["action_notes", "notes", "platform_notes", "unsafe_notes"]


def notes(grant: Grant) -> tuple[Note, ...]:
    """Return the notes on `grant`, in the order of the grant."""
    return (
        *platform_notes(grant),
        *_wide_platform(grant),
        *(note for account in grant.accounts for note in _account(grant, account)),
    )


def unsafe_notes(grant: Grant) -> tuple[Note, ...]:
    """Return the parts of `grant` that are dangerous on purpose, with their reasons."""
    return (*_wide_platform(grant), *(note for account in grant.accounts for note in _unsafe(account)))


def action_notes(grant: Grant) -> tuple[Note, ...]:
    """Return a note for each action in the grant's own policies that AWS does not document: usually a typing mistake.

    AWS accepts it, and it allows nothing. The catalog of actions has a date, so this is no error.
    """
    from leastway.lint import Finding, lint_document
    from leastway.lint.rules.unknown_action import RULE

    found = []
    for account in grant.accounts:
        for role in account.roles:
            for policy in role.policies:
                if not isinstance(policy, PolicyFile):
                    continue
                for one in lint_document(policy.document, rules=(RULE,)):
                    if isinstance(one, Finding):
                        text = f"{policy.path.name}: {one.message}: {one.fix}"
                        found.append(Note(f"{account.id}/role/{role.name}", text))
    return tuple(found)


def platform_notes(grant: Grant) -> tuple[Note, ...]:
    """Return a note if the profile differs from the bundled one of its name and version, or is not the latest."""
    kept, versions = grant.platform, bundled_profiles().get(grant.platform.name, ())
    same = next((bundled for bundled in versions if bundled.version == kept.version), None)
    if same is not None and profile_digest(kept) != profile_digest(same):
        return (_shadow(kept, same),)
    if kept not in versions[:-1]:
        return ()
    latest = versions[-1]
    command = f"leastway profile diff {kept.name}@{kept.version} {kept.name} {grant.source}"
    text = (
        f"the grant uses {profile_name(kept)}, but {latest.version} is the latest:"
        f" {_differences(kept, latest) or 'it has an older date'}; `{command}` shows what an upgrade changes"
    )
    return (Note("platform", text),)


def _wide_platform(grant: Grant) -> Iterator[Note]:
    """Yield that others than the platform meant may come in, with the reason; and that no addresses are checked."""
    platform, reason = grant.platform, grant.platform_reason
    if platform.is_whole_account:
        text = f"everybody in {platform.principal} may come in, dangerous on purpose: {reason}"
        yield Note("platform", text, is_unsafe=True)
    if platform.external_id_form is not None:
        text = (
            f"external ids of the form {platform.external_id_form} are not random, so the roles rely on the platform to"
            f" present each only for its own customer, dangerous on purpose: {reason}"
        )
        yield Note("platform", text, is_unsafe=True)
    for subject in grant.subjects:
        if platform.oidc is not None and (other := platform.oidc.too_wide(subject)):
            text = f"the subject {subject} also admits {other}, dangerous on purpose: {reason}"
            yield Note("platform", text, is_unsafe=True)


def _shadow(kept: Profile, bundled: Profile) -> Note:
    """Return that a profile file uses the name and version of a bundled profile, but differs from it."""
    text = (
        f"the profile {profile_name(kept)} differs from the bundled one of that name and version:"
        f" {_differences(kept, bundled)}; its digest is {profile_digest(kept)}, that of the bundled one is"
        f" {profile_digest(bundled)}: give the file another name or version, or use the bundled one as `platform`"
    )
    return Note("platform", text, is_unsafe=True)


def _differences(kept: Profile, other: Profile) -> str:
    change = diff_profiles(kept, other)
    parts = [f"it lacks {', '.join(change.added_addresses)}"] if change.added_addresses else []
    parts += [f"it also has {', '.join(change.removed_addresses)}"] if change.removed_addresses else []
    parts += [
        f"its {name} is {before} instead of {after}" if isinstance(before, Arn) else f"it differs in {name}"
        for name, (before, after) in change.changed.items()
    ]
    return ", ".join(parts)


def _account(grant: Grant, account: Account) -> Iterator[Note]:
    yield from _unsafe(account)
    if account.clusters and not account.list_clusters:
        yield Note(
            account.id,
            "eks:ListClusters is not allowed: it has no resource type, so the tag condition would never match;"
            " `list_clusters: true` allows it in a statement of its own",
        )
    if names_regions_only(grant, account):
        yield Note(
            account.id,
            "the policy has no room to name each cluster, so it names their regions: the platform can also describe"
            " clusters there that have its tag and are not in the grant",
        )


def _unsafe(account: Account) -> Iterator[Note]:
    for cluster in account.clusters:
        for access in cluster.access:
            if access.unsafe_reason:
                what = f"group {access.group}" if isinstance(access, GroupAccess) else f"policy {access.policy.value}"
                where = f"{account.id}/{cluster.region}/{cluster.name}"
                yield Note(where, f"{what} is dangerous on purpose: {access.unsafe_reason}", is_unsafe=True)
    for role in account.roles:
        if role.unsafe_reason:
            yield Note(f"{account.id}/role/{role.name}", f"dangerous on purpose: {role.unsafe_reason}", is_unsafe=True)
