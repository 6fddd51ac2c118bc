"""What a person should know of a grant whenever it is looked at: the dangerous, with its reason, and the traps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leastway.compiler.compile import names_regions_only
from leastway.grant import Account, Grant, GroupAccess, bundled_profiles, diff_profiles, profile_name

__all__ = ["Note", "notes", "platform_notes", "unsafe_notes"]


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: `where` names the part of the grant; `is_unsafe` that it is dangerous on purpose."""

    where: str
    text: str
    is_unsafe: bool = False


def notes(grant: Grant) -> tuple[Note, ...]:
    """Return the remarks on `grant`, in its order."""
    return (*platform_notes(grant), *(note for account in grant.accounts for note in _account(grant, account)))


def unsafe_notes(grant: Grant) -> tuple[Note, ...]:
    """Return what is dangerous on purpose in `grant`, with the reasons."""
    return tuple(note for account in grant.accounts for note in _unsafe(account))


def platform_notes(grant: Grant) -> tuple[Note, ...]:
    """Return that a bundled profile is not the latest, and what the latest has that it has not; or nothing."""
    kept, versions = grant.platform, bundled_profiles().get(grant.platform.name, ())
    if kept not in versions[:-1]:
        return ()
    latest = versions[-1]
    change = diff_profiles(kept, latest)
    parts = [f"it lacks {', '.join(change.added_addresses)}"] if change.added_addresses else []
    parts += [f"it has {', '.join(change.removed_addresses)} too many"] if change.removed_addresses else []
    parts += [f"it differs in {', '.join(change.changed)}"] if change.changed else []
    command = f"leastway profile diff {kept.name}@{kept.version} {kept.name} {grant.source}"
    text = (
        f"the grant keeps {profile_name(kept)}, and {latest.version} is the latest:"
        f" {', '.join(parts) or 'it has an older date'}; `{command}` says what an upgrade does"
    )
    return (Note("platform", text),)


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
