"""What a revocation will cut, and who tries the access before and after it.

Nothing is read that the cut does not need, and a service that does not answer does not delay it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import expected_ids
from leastway.app.progress import Progress, Silent
from leastway.app.verify import platform_visitor
from leastway.compiler import Compiled, cluster_places, compile_grant
from leastway.estate import (
    Address,
    ClusterFacts,
    Estate,
    EstateObject,
    Place,
    RbacBinding,
    RbacRole,
    Realm,
    Role,
    Unreadable,
    User,
)
from leastway.grant import Grant, GroupAccess, Identity
from leastway.rbac import is_reserved_group
from leastway.reconcile import (
    Change,
    Revocation,
    Target,
    asks,
    creation_records,
    cut_targets,
    is_given_up,
    observe,
    revocations,
)
from leastway.verify import IdentityCall, PlatformCaller, PlatformVisitor, Probe, ProbeVerdict, probes

__all__ = ["LATE", "RevocationPlan", "in_time", "plan_revocation", "revocation_probes", "revocation_visitor"]

_PATIENCE = 15.0
"""Seconds to wait before the cut for answers that are useful but not needed."""
LATE = "no answer in time, and the cut did not wait for it"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RevocationPlan:
    """What a revocation will cut: users and roles, and whatever gives access in the clusters.

    `left` are users and roles with the grant's mark that are not cut, with the reason. `already` are those that are
    revoked.
    """

    compiled: Compiled
    targets: tuple[Target, ...]
    left: tuple[Change, ...]
    already: tuple[Revocation, ...]
    existing: frozenset[Address]
    clusters: tuple[Place, ...]
    unreadable: tuple[Unreadable, ...]
    endpoints: Mapping[Place, tuple[str, str]]
    """The API server and CA of each cluster that could be read."""

    @property
    def unverified(self) -> tuple[Address, ...]:
        """The users and roles that are left because their mark is not verified."""
        return tuple(change.address for change in self.left if change.consent)


def revocation_visitor(open_grant: OpenGrant, plan: RevocationPlan, caller: PlatformCaller) -> PlatformVisitor:
    """Return who tries the access with the credentials of `caller`."""
    ids = expected_ids(open_grant.grant, open_grant.store)
    return platform_visitor(open_grant, caller, ids, plan.endpoints)


def revocation_probes(grant: Grant) -> tuple[Probe, ...]:
    """Return the requests that work before a revocation: what the grant allows, and any request of a user's key."""
    allowed = [one for one in probes(grant) if one.expected is ProbeVerdict.ALLOWED]
    if grant.identity is Identity.IAM_USER:
        asked = f"sign a request with the key of {grant.platform.user_name}"
        allowed += [Probe(one.id, asked, IdentityCall(one.id), ProbeVerdict.ALLOWED) for one in grant.accounts]
    return tuple(allowed)


def plan_revocation(
    open_grant: OpenGrant, *, trust_marks: bool = False, progress: Progress | None = None
) -> RevocationPlan:
    """Read which users and roles of the grant exist, and which clusters."""
    report = progress or Silent()
    grant = open_grant.grant
    accounts = [Place(account.id) for account in grant.accounts if account.id not in open_grant.given_up]
    clusters = [place for place in cluster_places(grant) if not is_given_up(place, open_grant.given_up)]
    report.phase("reading users and roles", len(accounts))
    facts: dict[Place, ClusterFacts | Unreadable] = {
        place: Unreadable(place, "it was given up") for place in cluster_places(grant)
    }
    found = in_time([partial(open_grant.sites.discover, [place]) for place in clusters], open_grant.workers.clusters)
    for place, one in zip(clusters, found, strict=True):
        facts[place] = one[place] if one is not None else Unreadable(place, LATE)
    compiled = compile_grant(grant, facts, expected_ids(grant, open_grant.store))
    compiled = replace(compiled, estate=_of_the_platform(grant, compiled.estate))
    written = open_grant.store.touched(grant.name)
    touched = [ask for ask in written if ask[0] is Realm.IAM and not is_given_up(ask[1], open_grant.given_up)]
    wanted = [one for one in compiled.estate if isinstance(one, User | Role) and Place(one.account) in accounts]
    seen = observe(
        open_grant.sites,
        grant.name,
        asks(wanted, accounts, touched),
        workers=open_grant.workers.accounts,
        on_site=lambda ask: report.step(str(ask[1])),
    )
    made = creation_records(open_grant.store, grant.name, trust_marks=trust_marks)
    targets, left = cut_targets(Estate.of(grant.name, wanted), seen, made)
    existing = frozenset(address for address, one in seen.objects.items() if isinstance(one.object, User | Role))
    targeted = {target.principal for target in targets}
    there = tuple(place for place in clusters if not isinstance(facts[place], Unreadable))
    return RevocationPlan(
        compiled,
        targets,
        left,
        revocations(seen),
        existing & targeted,
        there,
        (*compiled.unreadable, *seen.unreadable),
        {
            place: (one.endpoint, one.certificate_authority)
            for place, one in facts.items()
            if isinstance(one, ClusterFacts) and one.endpoint and one.certificate_authority
        },
    )


def _of_the_platform(grant: Grant, estate: Estate) -> Estate:
    """Return the estate without what a grant that is not applied names of others. What leastway made has its mark.

    That are roles outside of the platform's prefix, which the platform cannot assume, and RBAC of a group that
    Kubernetes reserves, without a reason: Kubernetes has roles and bindings of such names itself.
    """
    prefix = grant.platform.role_prefix
    roles = {
        (Place(account.id), role.name)
        for account in grant.accounts
        for role in account.roles
        if not role.name.startswith(prefix)
    }
    groups = {
        (Place(account.id, cluster.region, cluster.name), access.group)
        for account in grant.accounts
        for cluster in account.clusters
        for access in cluster.access
        if isinstance(access, GroupAccess) and is_reserved_group(access.group) and not access.unsafe_reason
    }

    def is_of_others(one: EstateObject) -> bool:
        match one:
            case Role():
                return (one.address.place, one.name) in roles
            case RbacRole() | RbacBinding():
                return (one.place, one.name) in groups
            case _:
                return False

    return Estate.of(grant.name, (one for one in estate if not is_of_others(one)))


def in_time(calls: Sequence[Callable[[], T]], workers: int) -> list[T | None]:
    """Make the calls in parallel; None for each that has not ended in time, because the cut must not wait for it."""
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="before")
    try:
        futures = [pool.submit(call) for call in calls]
        done, _ = wait(futures, timeout=_PATIENCE)
        return [future.result() if future in done else None for future in futures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
