"""Which principals to look for next to the grant's objects, account by account, and at which sites."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import replace

from leastway.estate import ClusterFacts, Place, Realm, Unreadable, Watch
from leastway.grant import Account, Grant, GroupAccess, PolicyAccess
from leastway.proof.contract import arn_of_principal, arn_of_role
from leastway.rbac import is_reserved_group

__all__ = ["Look", "watch_of", "watches"]


class Look(enum.Enum):
    """How far to look next to the grant's objects."""

    NOWHERE = "nowhere"
    ACCOUNTS = "accounts"
    """Only IAM."""
    EVERYWHERE = "everywhere"
    """Also the accounts' other clusters, and EKS and Kubernetes of each cluster, even if the grant needs neither."""


def watch_of(grant: Grant, account: Account) -> Watch:
    """Return which principals to look for in one account."""
    profile = grant.platform
    principal = arn_of_principal(grant, account)
    roles = {arn_of_role(role, account) for role in account.roles}
    here = frozenset(Place(account.id, cluster.region, cluster.name) for cluster in account.clusters)
    return Watch(
        outsider=profile.oidc.provider_arn(account.id, account.partition) if profile.oidc else str(profile.principal),
        principals=frozenset({principal, *roles}),
        user=profile.user_name,
        names=(profile.role_prefix, profile.user_name),
        clusters=here,
        regions=frozenset({account.region, *(place.region for place in here)}),
        subjects=frozenset(
            {*_groups(account, profile.kubernetes_group), *_users(profile.kubernetes_username, principal)}
        ),
    )


def watches(
    grant: Grant, facts: Mapping[Place, ClusterFacts | Unreadable], look: Look
) -> dict[tuple[Realm, Place], Watch]:
    """Return what to look for at each site, without the clusters that could not be read: they are unreadable anyway."""
    found: dict[tuple[Realm, Place], Watch] = {}
    if look is Look.NOWHERE:
        return found
    for account in grant.accounts:
        watch = watch_of(grant, account)
        if look is Look.ACCOUNTS:
            watch = replace(watch, regions=frozenset())
        found[(Realm.IAM, Place(account.id))] = watch
        if look is Look.EVERYWHERE:
            for place in watch.clusters:
                if isinstance(facts.get(place), ClusterFacts):
                    found[(Realm.EKS, place)] = watch
                    found[(Realm.KUBERNETES, place)] = watch
    return found


def _groups(account: Account, own: str) -> Iterator[str]:
    yield f"Group/{own}"
    for cluster in account.clusters:
        for access in cluster.access:
            if isinstance(access, GroupAccess) and not is_reserved_group(access.group):
                yield f"Group/{access.group}"
            elif isinstance(access, PolicyAccess):
                yield f"Group/{own}-{access.policy.value}"


def _users(username: str, principal: str) -> Iterator[str]:
    yield f"User/{username}"
    yield f"User/{principal}"
