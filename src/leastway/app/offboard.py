"""Offboard a grant: remove the objects that carry its mark and nothing else, and check that they are deleted.

1. Read every account and cluster of the grant, and every other place that leastway wrote to for it, for marked objects.
2. Record these objects (`store.PendingRemovals`), so that the evidence of a later run includes them.
3. Remove them: in the clusters first, then in IAM, each in the reverse order of creation.
4. Read everything again, several times in a row, and report what still exists.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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
    diff,
    end_making,
    forget_given_up,
    is_given_up,
    made_by,
    observe,
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


def plan_offboarding(work: OpenGrant, *, trust_marks: bool = False, progress: Progress | None = None) -> Plan:
    """Plan the removal of marked objects: those that leastway created, and with `trust_marks` all of them."""
    observation = _look(work, progress or Silent(), "reading objects with the grant's mark")
    return diff(
        Estate.of(work.grant.name, ()), observation, made=made_by(work.store, work.grant.name, trust_marks=trust_marks)
    )


def offboard(work: OpenGrant, plan: Plan, *, progress: Progress | None = None) -> Offboarded:
    """Remove the objects of `plan`, then read everything again several times in a row."""
    report = progress or Silent()
    started = work.clock.now()
    earlier = _pending(work).begin(removals_of(plan, started))
    if plan.writes:
        report.phase("removing", len(plan.writes))
    applied = apply(
        plan,
        work.sites,
        workers=work.workers,
        convergence=work.convergence,
        clock=work.clock,
        on_result=report.result,
    )
    end_making(work.store, plan, applied)
    looks = work.convergence.successes
    left = _look(work, report, "checking that they are deleted")
    for _ in range(looks - 1):
        again = _look(work, report, "checking again")
        left = Observation({**left.objects, **again.objects}, again.unreadable)
    return Offboarded(plan, applied, left, looks, started, work.clock.now(), earlier, work.given_up)


def forget_what_is_gone(work: OpenGrant, done: Offboarded) -> None:
    """Remove the grant's records from the store, as far as the offboarding got.

    A complete offboarding ends its record of pending removals and releases the grant's name; once every place could be
    read, the places that are clean are forgotten too. Call it after the evidence is written, which must not be lost.
    """
    if done.is_complete:
        _pending(work).end()
        work.store.remember_file(work.grant.name, None)
        work.store.forget_made(work.grant.name)
    forget_given_up(work.store, work.grant.name, work.given_up)
    if done.left.unreadable:
        return
    holding = {(address.kind.realm, address.place) for address in done.left.objects}
    work.store.forget(work.grant.name, work.store.touched(work.grant.name) - holding)


def _pending(work: OpenGrant) -> PendingRemovals:
    return PendingRemovals(work.settings.evidence / f"{work.grant.name}.begun.json")


def _look(work: OpenGrant, report: Progress, what: str) -> Observation:
    """Read every site that may hold objects of the grant, Kubernetes included for every cluster that exists."""
    clusters = [place for place in cluster_places(work.grant) if not is_given_up(place, work.given_up)]
    facts = work.sites.discover(clusters)
    unreadable = {place: found for place, found in facts.items() if isinstance(found, Unreadable)}
    closed = tuple(found for found in unreadable.values() if not found.absent)
    there = [place for place in clusters if place not in unreadable]
    accounts = [Place(account.id) for account in work.grant.accounts]
    accounts = [place for place in accounts if not is_given_up(place, work.given_up)]
    kubernetes: list[Ask] = [(Realm.KUBERNETES, place) for place in there]
    written = touched_sites(work.store, work.sites, work.grant.name, known=clusters, given_up=work.given_up)
    touched = [ask for ask in written if ask[1] not in unreadable]
    sites = asks((), [*accounts, *there], [*kubernetes, *touched])
    report.phase(what, len(sites))
    seen = observe(
        work.sites,
        work.grant.name,
        sites,
        workers=work.workers.clusters,
        on_site=lambda ask: report.step(f"{ask[1]} {ask[0].value}"),
    )
    return Observation(seen.objects, (*closed, *seen.unreadable))
