"""What a person should know of a grant whenever it is looked at: the dangerous, with its reason, and the traps."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.compiler.compile import names_regions_only
from leastway.estate import Note
from leastway.grant import (
    Account,
    Grant,
    GroupAccess,
    Profile,
    bundled_profiles,
    diff_profiles,
    profile_digest,
    profile_name,
)
from leastway.primitives import Arn

__all__ = ["notes", "platform_notes", "unsafe_notes"]


def notes(grant: Grant) -> tuple[Note, ...]:
    """Return the remarks on `grant`, in its order."""
    return (*platform_notes(grant), *(note for account in grant.accounts for note in _account(grant, account)))


def unsafe_notes(grant: Grant) -> tuple[Note, ...]:
    """Return what is dangerous on purpose in `grant`, with the reasons."""
    return tuple(note for account in grant.accounts for note in _unsafe(account))


def platform_notes(grant: Grant) -> tuple[Note, ...]:
    """Return that a profile is not the bundled one whose name and version it has, or that it is not the latest."""
    kept, versions = grant.platform, bundled_profiles().get(grant.platform.name, ())
    same = next((bundled for bundled in versions if bundled.version == kept.version), None)
    if same is not None and profile_digest(kept) != profile_digest(same):
        return (_shadow(kept, same),)
    if kept not in versions[:-1]:
        return ()
    latest = versions[-1]
    command = f"leastway profile diff {kept.name}@{kept.version} {kept.name} {grant.source}"
    text = (
        f"the grant keeps {profile_name(kept)}, and {latest.version} is the latest:"
        f" {_differences(kept, latest) or 'it has an older date'}; `{command}` says what an upgrade does"
    )
    return (Note("platform", text),)


def _shadow(kept: Profile, bundled: Profile) -> Note:
    """Return that a file of one's own goes under the name and version of a bundled profile that says something else."""
    text = (
        f"the grant's profile is called {profile_name(kept)} and is not the bundled one of that name and version:"
        f" {_differences(kept, bundled)}; its digest is {profile_digest(kept)},"
        f" the bundled one's {profile_digest(bundled)}: give the file another name or version,"
        " or let `platform` name the bundled one"
    )
    return Note("platform", text, is_unsafe=True)


def _differences(kept: Profile, other: Profile) -> str:
    change = diff_profiles(kept, other)
    parts = [f"it lacks {', '.join(change.added_addresses)}"] if change.added_addresses else []
    parts += [f"it has {', '.join(change.removed_addresses)} too many"] if change.removed_addresses else []
    parts += [
        f"its {name} is {before} and not {after}" if isinstance(before, Arn) else f"it differs in {name}"
        for name, (before, after) in change.changed.items()
    ]
    return ", ".join(parts)


def _account(grant: Grant, account: Account) -> Iterator[Note]:
    yield from _unsafe(account)
    if account.clusters and not account.list_clusters:
        yield Note(
            account.id,
            "eks:ListClusters is not granted: it has no resource, and would grant nothing under the tag condition;"
            " `list_clusters: true` grants it apart",
        )
    if names_regions_only(grant, account):
        yield Note(
            account.id,
            "the policy has no room to name each cluster, so it names their regions: a cluster of those regions that"
            " carries the platform's tag can be described though the grant does not name it",
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
