"""Offboard a grant: remove the objects that carry its mark and nothing else, and check that they are deleted.

1. Read every account and cluster of the grant, and every other place that leastway wrote to for it, for marked objects.
2. Record these objects (`store.PendingRemovals`), so that the evidence of a later run includes them.
3. Remove them: in the clusters first, then in IAM, each in the reverse order of creation.
4. Read everything again, several times in a row, and report what still exists.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from leastway.app.open_grant import OpenGrant
from leastway.app.progress import Progress, Silent
from leastway.compiler import cluster_places
from leastway.estate import Estate, Place, Realm, Unreadable
from leastway.ports import Observation
from leastway.reconcile import (
    Applied,
    Ask,
    Plan,
    Removal,
    apply,
    asks,
    creation_records,
    diff,
    forget_given_up,
    is_given_up,
    observe,
    record_applied,
    removals_of,
    touched_sites,
)
from leastway.store import PendingRemovals

__all__ = ["Offboarded", "forget_what_is_gone", "offboard", "plan_offboarding"]


@dataclass(frozen=True, slots=True)
class Offboarded:
    """What was removed, what failed, and what the last reads still found."""

    plan: Plan
    applied: Applied
    left: Observation
    looked: int
    """How many reads in a row made up `left`."""
    started: dt.datetime
    finished: dt.datetime
    earlier: tuple[Removal, ...] = ()
    """What earlier runs began to remove and this run did not find."""
    given_up: frozenset[str] = frozenset()
    """The accounts and clusters that were not read, at a person's request."""

    @property
    def is_complete(self) -> bool:
        """Whether everything that was read is certain to be deleted."""
        return self.applied.is_complete and not self.left.objects and not self.left.unreadable


def plan_offboarding(open_grant: OpenGrant, *, trust_marks: bool = False, progress: Progress | None = None) -> Plan:
    """Plan the removal of marked objects: those that leastway created, and with `trust_marks` all of them."""
    observation = _look(open_grant, progress or Silent(), "reading objects with the grant's mark")
    plan = diff(
        Estate.of(open_grant.grant.name, ()),
        observation,
        made=creation_records(open_grant.store, open_grant.grant.name, trust_marks=trust_marks),
    )
    return replace(plan, left_out=open_grant.scope.left_out)


def offboard(open_grant: OpenGrant, plan: Plan, *, progress: Progress | None = None) -> Offboarded:
    """Remove the objects of `plan`, then read everything again several times in a row."""
    report = progress or Silent()
    started = open_grant.clock.now()
    begun = _pending(open_grant).begin(removals_of(plan, started))
    earlier = tuple(removal for removal in begun if open_grant.scope.includes_text(removal.what))
    if plan.writes:
        report.phase("removing", len(plan.writes))
    applied = apply(
        plan,
        open_grant.sites,
        workers=open_grant.workers,
        convergence=open_grant.convergence,
        clock=open_grant.clock,
        on_result=report.result,
    )
    record_applied(open_grant.store, plan, applied)
    looks = open_grant.convergence.successes
    left = _look(open_grant, report, "checking that they are deleted")
    for _ in range(looks - 1):
        again = _look(open_grant, report, "checking again")
        left = Observation({**left.objects, **again.objects}, again.unreadable)
    return Offboarded(plan, applied, left, looks, started, open_grant.clock.now(), earlier, open_grant.given_up)


def forget_what_is_gone(open_grant: OpenGrant, done: Offboarded) -> None:
    """Remove the grant's records from the store, as far as the offboarding got.

    A complete offboarding ends its record of pending removals and releases the grant's name; once every place could be
    read, the places that are clean are forgotten too. An offboarding that does not include everything
    does so for its own places and keeps the name. Call it after the evidence is written, which must not be lost.
    """
    scope, store, name = open_grant.scope, open_grant.store, open_grant.grant.name
    if done.is_complete:
        _pending(open_grant).end(scope.includes_text)
        if scope.is_everything:
            store.remember_file(name, None)
        store.forget_made(name, [address for address in store.made(name) if scope.includes_place(address.place)])
    forget_given_up(store, name, open_grant.given_up)
    if done.left.unreadable:
        return
    holding = {(address.kind.realm, address.place) for address in done.left.objects}
    included = {ask for ask in store.touched(name) if scope.includes_place(ask[1])}
    store.forget(name, included - holding)


def _pending(open_grant: OpenGrant) -> PendingRemovals:
    return PendingRemovals(open_grant.settings.evidence / f"{open_grant.grant.name}.begun.json")


def _look(open_grant: OpenGrant, report: Progress, what: str) -> Observation:
    """Read every site that may hold objects of the grant, Kubernetes included for every cluster that exists."""
    clusters = [place for place in cluster_places(open_grant.grant) if _is_read(open_grant, place)]
    facts = open_grant.sites.discover(clusters)
    unreadable = {place: found for place, found in facts.items() if isinstance(found, Unreadable)}
    closed = tuple(found for found in unreadable.values() if not found.absent)
    there = [place for place in clusters if place not in unreadable]
    accounts = [Place(account.id) for account in open_grant.grant.accounts]
    accounts = [place for place in accounts if _is_read(open_grant, place)]
    kubernetes: list[Ask] = [(Realm.KUBERNETES, place) for place in there]
    written = touched_sites(
        open_grant.store,
        open_grant.sites,
        open_grant.grant.name,
        known=clusters,
        given_up=open_grant.given_up,
        includes=open_grant.scope.includes_place,
    )
    touched = [ask for ask in written if ask[1] not in unreadable]
    sites = asks((), [*accounts, *there], [*kubernetes, *touched])
    report.phase(what, len(sites))
    seen = observe(
        open_grant.sites,
        open_grant.grant.name,
        sites,
        workers=open_grant.workers.clusters,
        on_site=lambda ask: report.step(f"{ask[1]} {ask[0].value}"),
    )
    return Observation(seen.objects, (*closed, *seen.unreadable))


def _is_read(open_grant: OpenGrant, place: Place) -> bool:
    return open_grant.scope.includes_place(place) and not is_given_up(place, open_grant.given_up)
